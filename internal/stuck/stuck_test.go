package stuck

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestWhy(t *testing.T) {
	waiting := func(reason, message string) corev1.ContainerState {
		return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
	}
	ended := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1, Reason: "Error"}}
	completed := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Completed"}}
	running := corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	for name, c := range map[string]struct {
		agent, proxy corev1.ContainerStatus
		conditions   []corev1.PodCondition
		want         string
	}{
		"a missing image": {agent: corev1.ContainerStatus{State: waiting("ImagePullBackOff", "no\n such image\n")}, proxy: corev1.ContainerStatus{State: waiting("PodInitializing", "")},
			want: "container agent: ImagePullBackOff: no such image"},
		"a crash, again": {agent: corev1.ContainerStatus{State: waiting("CrashLoopBackOff", "back-off 10s"), LastTerminationState: ended}, proxy: corev1.ContainerStatus{State: running, Ready: true},
			want: "container agent: CrashLoopBackOff, ended with exit code 1 (Error)"},
		"a crash":                   {agent: corev1.ContainerStatus{State: ended}, want: "container agent: ended with exit code 1 (Error)"},
		"an init container is done": {agent: corev1.ContainerStatus{State: completed}, proxy: corev1.ContainerStatus{State: running}, want: "container proxy: runs, and is not ready"},
		"just starting":             {agent: corev1.ContainerStatus{State: waiting("PodInitializing", "")}, proxy: corev1.ContainerStatus{State: waiting("ContainerCreating", "")}},
		"no node": {conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: "0/1 nodes are available"}},
			want: "Unschedulable: 0/1 nodes are available"},
		"ready": {agent: corev1.ContainerStatus{State: ended}, conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}},
	} {
		c.agent.Name, c.proxy.Name = "agent", "proxy"
		pod := corev1.Pod{Status: corev1.PodStatus{Conditions: c.conditions,
			InitContainerStatuses: []corev1.ContainerStatus{c.agent}, ContainerStatuses: []corev1.ContainerStatus{c.proxy}}}
		if got := Why(pod); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
