package check

import (
	"context"
	"errors"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/refs"
)

// readProxies reads the proxies' pods, and the namespaces that say whether glootrace may touch what is in them.
func readProxies(ctx context.Context, c cluster, f *facts) (err error) {
	f.objects, _, err = refs.List(ctx, c.objects, gloo.Namespace, gloo.Pod)
	return err
}

// readObjects adds all of Gloo's objects.
func readObjects(ctx context.Context, c cluster, f *facts) error {
	var kinds []gloo.Kind
	for _, api := range gloo.APIs {
		kinds = append(kinds, api.Kind)
	}
	objects, absent, err := refs.List(ctx, c.objects, kinds...)
	if err != nil {
		return err
	}
	f.absent, f.objects = absent, append(objects, f.objects...)
	f.known = refs.FromObjects(f.objects, true)
	return nil
}

// of are the objects of a kind.
func (f *facts) of(kind gloo.Kind) []gloo.Object {
	var all []gloo.Object
	for _, o := range f.objects {
		if o.Kind == kind && !o.Deleting {
			all = append(all, o)
		}
	}
	return all
}

func kindsKnown(f *facts) verdict {
	if len(f.absent) == 0 {
		return ok("%d kinds", len(gloo.APIs))
	}
	var names []string
	for _, kind := range f.absent {
		names = append(names, string(kind))
	}
	reason := strings.Join(names, ", ") + ": not in this cluster"
	if len(f.absent) == len(gloo.APIs) {
		return fail("%s", reason)
	}
	return warn("%s", reason).by("nothing, if this Gloo is older than the kind or serves another API; else install Gloo's CRDs: helm upgrade does not")
}

// readGloo finds the control plane and its version, by the image's tag, and proxies' Deployments.
func readGloo(ctx context.Context, c cluster, f *facts) error {
	var found appsv1.DeploymentList
	if err := c.client.List(ctx, &found, client.InNamespace(c.namespace)); err != nil {
		return err
	}
	f.namespace = c.namespace
	for i, d := range found.Items {
		switch {
		case d.Labels["gloo"] == "gloo" && f.control == nil:
			f.control = &found.Items[i]
		case gloo.IsProxy(d.Spec.Template.Labels):
			f.proxyDeployments = append(f.proxyDeployments, d)
		}
	}
	if f.control == nil {
		return nil
	}
	f.versionErr = errors.New("no container is called gloo")
	for _, container := range f.control.Spec.Template.Spec.Containers {
		if container.Name == "gloo" {
			f.image = container.Image
			f.gloo, f.versionErr = gloo.ParseVersion(tag(container.Image))
		}
	}
	return nil
}

// tag is an image's tag, "latest" without.
func tag(image string) string {
	name, _, _ := strings.Cut(image, "@")
	if i := strings.LastIndex(name, ":"); i > strings.LastIndex(name, "/") {
		return name[i+1:]
	}
	return "latest"
}

func glooVersion(f *facts) verdict {
	if f.control == nil {
		return fail("no Deployment with label gloo=gloo in namespace %s", f.namespace)
	}
	if f.versionErr != nil {
		return warn("Deployment %s, image %s: %v", f.control.Name, f.image, f.versionErr).by("set gloo.version in the Policy")
	}
	v := f.gloo
	if !v.HasOpenTelemetry() {
		return fail("Gloo %s has no OpenTelemetry tracing; 1.13 is the first that has", v)
	}
	if said := f.policy.GlooVersion().String(); said != "" && said != v.String() {
		return warn("Gloo %s runs, and the Policy says %s: rules and span names go by the Policy", v, said).by("set gloo.version: %s in the Policy", v)
	}
	if !v.HasSpanTransformer() {
		if f.policy.SpanName.Inject && f.policy.GlooVersion().HasSpanTransformer() {
			return warn("Gloo %s does not know span names, and the Policy does not say that this version runs", v).by("set gloo.version: %s in the Policy", v)
		}
		return ok("Gloo %s: OpenTelemetry, no span names (1.18)", v)
	}
	return ok("Gloo %s: OpenTelemetry and span names", v)
}
