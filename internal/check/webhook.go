package check

import (
	"context"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/internal/stuck"
)

func configurationsExist(f *facts) verdict {
	if err := f.live.Complete(); err != nil {
		return fail("%v", err)
	}
	var calls []string
	for _, at := range f.live.Addresses() {
		calls = append(calls, fmt.Sprintf("%s:%d", at.Host, at.Port))
	}
	if len(calls) == 0 {
		return fail("there is no webhook in them").by("install the chart again")
	}
	return ok("the API server calls %s", strings.Join(calls, ", "))
}

func servicesExist(f *facts) verdict {
	var names []string
	for _, b := range f.backends {
		key := types.NamespacedName{Namespace: b.at.Namespace, Name: b.at.Service}
		switch {
		case b.service == nil:
			return fail("Service %s does not exist", key)
		case !b.hasPort():
			return fail("Service %s has no port %d", key, b.at.Port)
		case f.deployment != nil && f.deployment.Namespace == b.at.Namespace && !b.selects(*f.deployment):
			return fail("Service %s selects no pod of Deployment %s: its selector is %s", key, f.deployment.Name, labels.Set(b.service.Spec.Selector)).by("helm upgrade puts the selector right; with Helm 4 it takes --server-side=true --force-conflicts")
		}
		names = append(names, key.String())
	}
	if len(names) == 0 {
		return verdict{} // called by URL
	}
	return ok("%s", strings.Join(names, ", "))
}

func (b backend) hasPort() bool {
	for _, p := range b.service.Spec.Ports {
		if int(p.Port) == b.at.Port {
			return true
		}
	}
	return false
}

// selects tells whether the Service leads to pods of a Deployment.
func (b backend) selects(d appsv1.Deployment) bool {
	selector := b.service.Spec.Selector
	return len(selector) > 0 && labels.SelectorFromSet(selector).Matches(labels.Set(d.Spec.Template.Labels))
}

func replicasReady(f *facts) verdict {
	if len(f.backends) == 0 {
		return verdict{}
	}
	pods := f.replicas()
	if len(pods) == 0 {
		b, d := f.backends[0], f.deployment
		if d != nil && d.Status.Replicas > 0 && (b.service == nil || !b.selects(*d)) {
			return fail("the Service leads to none of the %d of Deployment %s/%s", d.Status.Replicas, d.Namespace, d.Name).by("see webhook-service")
		}
		if why, fix := stuck.Nobody(d, 2, nil); why != "" {
			return fail("there are none: %s", why).by("%s", fix)
		}
		return fail("there are none, nor a Deployment that would make them").by("kubectl -n %s get deployments,replicasets,events; if nothing of the chart is there, install it", b.at.Namespace)
	}
	ready := 0
	var not []corev1.Pod
	for _, p := range pods {
		if stuck.Ready(p) {
			ready++
		} else {
			not = append(not, p)
		}
	}
	if len(not) == 0 {
		return ok("%d of %d", ready, len(pods))
	}
	first := not[0]
	reason := fmt.Sprintf("%d of %d; pod %s/%s is not: %s", ready, len(pods), first.Namespace, first.Name, unready(first))
	fix := fmt.Sprintf("kubectl -n %s logs %s; kubectl -n %[1]s describe pod %[2]s", first.Namespace, first.Name)
	if ready == 0 {
		return fail("%s", reason).by("%s", fix)
	}
	return warn("%s", reason).by("%s", fix)
}

func readBudgets(ctx context.Context, c cluster, f *facts) error {
	for _, b := range f.backends {
		var found policyv1.PodDisruptionBudgetList
		if err := c.client.List(ctx, &found, client.InNamespace(b.at.Namespace)); err != nil {
			return err
		}
		f.budgets = append(f.budgets, found.Items...)
	}
	return nil
}

// available asks whether there is a webhook while a node is drained.
func available(f *facts) verdict {
	pods := f.replicas()
	if len(pods) == 0 {
		return verdict{}
	}
	if len(pods) == 1 {
		return warn("there is one replica: while it restarts, nothing is injected or refused").by("helm upgrade with --set webhook.replicas=2")
	}
	for _, b := range f.budgets {
		selector, err := metav1.LabelSelectorAsSelector(b.Spec.Selector)
		if err == nil && selector.Matches(labels.Set(pods[0].Labels)) {
			return ok("%d replicas, PodDisruptionBudget %s", len(pods), b.Name)
		}
	}
	return warn("no PodDisruptionBudget: draining nodes may take all %d replicas at once", len(pods)).by("helm upgrade with --set webhook.podDisruptionBudget=true")
}

// unready says what is known of why.
func unready(p corev1.Pod) string {
	if why := stuck.Why(p); why != "" {
		return why
	}
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady && c.Message != "" {
			return c.Message
		}
	}
	return "phase " + string(p.Status.Phase)
}
