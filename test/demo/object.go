package main

import (
	"context"
	"fmt"
	"os"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	sigsyaml "sigs.k8s.io/yaml"
)

// object is any Kubernetes object.
type object = *unstructured.Unstructured

// stored is what the API server has of the object in a file.
func (s *stage) stored(ctx context.Context, file string) (object, error) {
	stdout, _, err := s.cluster.Kubectl(ctx, "", "get", "-f", file, "-o", "yaml")
	if err != nil {
		return nil, err
	}
	return parse(stdout)
}

func (s *stage) allStored(ctx context.Context, files []string) ([]object, error) {
	objects := make([]object, len(files))
	for i, file := range files {
		var err error
		if objects[i], err = s.stored(ctx, file); err != nil {
			return nil, err
		}
	}
	return objects, nil
}

// written is the object that a user wrote into a file.
func written(file string) (object, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return parse(string(data))
}

func parse(text string) (object, error) {
	o := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &o.Object); err != nil {
		return nil, fmt.Errorf("not an object: %w\n%s", err, text)
	}
	return o, nil
}

// text is an object as YAML, without what the API server and kubectl keep in it for themselves.
func text(o object) (string, error) {
	o = o.DeepCopy()
	unstructured.RemoveNestedField(o.Object, "status")
	for _, field := range []string{"creationTimestamp", "generation", "managedFields", "resourceVersion", "uid"} {
		unstructured.RemoveNestedField(o.Object, "metadata", field)
	}
	unstructured.RemoveNestedField(o.Object, "metadata", "annotations", corev1.LastAppliedConfigAnnotation)
	if len(o.GetAnnotations()) == 0 {
		o.SetAnnotations(nil)
	}
	out, err := sigsyaml.Marshal(o.Object)
	return string(out), err
}

func name(o object) string {
	return fmt.Sprintf("%s %s/%s", o.GetKind(), o.GetNamespace(), o.GetName())
}

// holds tells whether an object has all that another one has.
func holds(has, wants any) bool {
	switch wants := wants.(type) {
	case map[string]any:
		has, ok := has.(map[string]any)
		for key, want := range wants {
			ok = ok && holds(has[key], want)
		}
		return ok
	case []any:
		has, ok := has.([]any)
		ok = ok && len(has) >= len(wants)
		for i := 0; ok && i < len(wants); i++ {
			ok = holds(has[i], wants[i])
		}
		return ok
	default:
		return has == wants
	}
}
