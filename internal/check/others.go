package check

import (
	"context"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
)

// readOthers finds configurations of other names that have the chart's webhooks, as another release has them.
func readOthers(ctx context.Context, c cluster, f *facts) error {
	var mutating admissionv1.MutatingWebhookConfigurationList
	if err := c.client.List(ctx, &mutating); err != nil {
		return err
	}
	var validating admissionv1.ValidatingWebhookConfigurationList
	if err := c.client.List(ctx, &validating); err != nil {
		return err
	}
	chart := ofTheChart()
	add := func(name string, of []hook) {
		i := slices.IndexFunc(of, func(h hook) bool { return slices.ContainsFunc(chart, h.same) })
		if i >= 0 && name != c.webhooks {
			f.others = append(f.others, of[i].kind+"/"+name)
		}
	}
	for _, m := range mutating.Items {
		add(m.Name, hooks(m.Webhooks, nil))
	}
	for _, v := range validating.Items {
		add(v.Name, hooks(nil, v.Webhooks))
	}
	return nil
}

func asksNoOther(f *facts) verdict {
	if len(f.others) == 0 {
		return ok("")
	}
	return warn("a glootrace is called by %s too: each of two replaces what the other one adds", few(f.others)).
		by("helm list -A shows both releases: uninstall one; if these are of none: kubectl delete %s", strings.Join(f.others, " "))
}
