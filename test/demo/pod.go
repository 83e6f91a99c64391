package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

var proxyPod = manifests + "pod.yaml"

// agentConfig is the variable that holds the agent's whole configuration.
const agentConfig = "OTEL_AGENT_CONFIG"

// injectAgent creates a gateway-proxy's pod and shows the agent that it got.
func injectAgent(ctx context.Context, s *stage) error {
	s.heading("A gateway-proxy's pod",
		"the file has one container; the pod also has otel-agent, a native sidecar: it starts first and stays")
	if err := s.kubectl(ctx, "apply", "-f", proxyPod); err != nil {
		return err
	}
	err := s.kubectl(ctx, "get", "-f", proxyPod, "-o", "custom-columns="+strings.Join([]string{
		"POD:.metadata.name",
		"CONTAINERS:.spec.containers[*].name",
		"INIT-CONTAINERS:.spec.initContainers[*].name",
		"RESTART:.spec.initContainers[*].restartPolicy",
		"IMAGE:.spec.initContainers[*].image",
	}, ","))
	if err != nil {
		return err
	}
	pod, err := s.stored(ctx, proxyPod)
	if err != nil {
		return err
	}
	s.agent, err = agentOf(pod)
	return err
}

// agentOf is the otel-agent of a pod as a program: its environment, with all that a kubelet would fill in.
func agentOf(pod object) (agent map[string]string, err error) {
	var typed corev1.Pod
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(pod.Object, &typed); err != nil {
		return nil, fmt.Errorf("%s: %w", name(pod), err)
	}
	containers := typed.Spec.InitContainers
	i := slices.IndexFunc(containers, func(c corev1.Container) bool {
		return c.Name == "otel-agent" && c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
	})
	if i < 0 {
		return nil, fmt.Errorf("%s has no native sidecar otel-agent", name(pod))
	}
	agent = map[string]string{}
	for _, v := range containers[i].Env {
		agent[v.Name] = v.Value
		if v.ValueFrom != nil && v.ValueFrom.FieldRef != nil {
			agent[v.Name], _, err = unstructured.NestedString(pod.Object, strings.Split(v.ValueFrom.FieldRef.FieldPath, ".")...)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: variable %s: %w", name(pod), v.Name, err)
		}
	}
	if agent[agentConfig] == "" {
		return nil, errors.New("the otel-agent has no configuration in " + agentConfig)
	}
	return agent, nil
}
