// Package stuck says what keeps a pod from being ready, as its status tells it.
package stuck

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Why names the container and the reason, or what the scheduler says; empty if the pod
// is ready, or its status tells nothing (it is only just starting).
func Why(pod corev1.Pod) string {
	if Ready(pod) {
		return ""
	}
	containers := slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses)
	for _, s := range containers {
		if why := failure(s); why != "" {
			return "container " + s.Name + ": " + why
		}
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			return said(c.Reason, c.Message)
		}
	}
	for _, s := range containers {
		if s.State.Running != nil && !s.Ready {
			return "container " + s.Name + ": runs, and is not ready"
		}
	}
	return ""
}

// Container is why a container or init container of the name does not run; empty if it
// does, or is only just starting.
func Container(pod corev1.Pod, name string) string {
	for _, s := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		if s.Name == name {
			return failure(s)
		}
	}
	return ""
}

// Ready tells whether a pod has the condition Ready.
func Ready(pod corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

func failure(s corev1.ContainerStatus) string {
	if t := s.State.Terminated; t != nil && t.ExitCode != 0 {
		return ended(*t)
	}
	w := s.State.Waiting
	if w == nil || w.Reason == "ContainerCreating" || w.Reason == "PodInitializing" {
		return ""
	}
	if t := s.LastTerminationState.Terminated; t != nil {
		return w.Reason + ", " + ended(*t) // the kubelet's message is about its next try
	}
	return said(w.Reason, w.Message)
}

func ended(t corev1.ContainerStateTerminated) string {
	return said(fmt.Sprintf("ended with exit code %d (%s)", t.ExitCode, t.Reason), t.Message)
}

// said is of one line: a message may be the end of a log.
func said(reason, message string) string {
	if message = strings.Join(strings.Fields(message), " "); message == "" {
		return reason
	}
	return reason + ": " + message
}
