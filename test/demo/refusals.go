package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

// badEdits are changes of the guide's Gateway, each with the rule that refuses it.
var badEdits = []struct{ rule, file, says string }{
	{"GT103", manifests + "refused/no-collector.yaml", "openTelemetryConfig: {}"},
	{"GT102", manifests + "refused/open-census.yaml", "openCensusConfig: {}"},
	{"GT108", manifests + "refused/percentage.yaml", "randomSamplePercentage: 250"},
}

// tryBadEdits shows that Gloo never gets to see them.
func tryBadEdits(ctx context.Context, s *stage) error {
	s.heading("Edits that Gloo would take, and then lose the listener or its spans",
		"each is refused: by which rule, in which field, what Gloo would have done, how to mend it")
	for _, edit := range badEdits {
		s.note(edit.says)
		if err := s.refused(ctx, edit.rule, "replace", "-f", edit.file); err != nil {
			return err
		}
	}
	s.note("the Upstream to which the Gateway now sends its spans")
	deletion := []string{"delete", "-f", agentUpstream}
	if err := s.awaitRefusal(ctx, "GT401", deletion...); err != nil {
		return err
	}
	return s.refused(ctx, "GT401", deletion...)
}

// refused shows a command that glootrace must refuse, by a rule.
func (s *stage) refused(ctx context.Context, rule string, args ...string) error {
	stdout, stderr, err := s.cluster.Kubectl(ctx, "", args...)
	s.command("kubectl", args...)
	s.print(stderr + stdout)
	if !wasRefused(rule, stderr, err) {
		return fmt.Errorf("this was not refused by %s: kubectl %s", rule, strings.Join(args, " "))
	}
	return nil
}

// awaitRefusal waits until a command would be refused: the webhook hears of new objects by a watch, a moment later.
func (s *stage) awaitRefusal(ctx context.Context, rule string, args ...string) error {
	args = append(args, "--dry-run=server")
	err := wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, 10*time.Second, true, func(ctx context.Context) (bool, error) {
		_, stderr, err := s.cluster.Kubectl(ctx, "", args...)
		return wasRefused(rule, stderr, err), nil
	})
	if err != nil {
		return fmt.Errorf("wait until this is refused by %s: kubectl %s: %w", rule, strings.Join(args, " "), err)
	}
	return nil
}

func wasRefused(rule, stderr string, err error) bool {
	return err != nil && strings.Contains(stderr, "denied the request") && strings.Contains(stderr, rule)
}
