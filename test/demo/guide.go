package main

import (
	"context"
	"fmt"
)

// The manifests, which a reader can open.
const manifests = "test/demo/manifests/"

// guide are the objects of Gloo's tracing guide as they are before anything is traced, and agentUpstream the one that
// comes with glootrace.
var (
	guide         = []string{manifests + "upstream.yaml", manifests + "gateway.yaml", manifests + "virtualservice.yaml"}
	agentUpstream = manifests + "agent-upstream.yaml"
)

// applyGuide creates the objects.
func applyGuide(ctx context.Context, s *stage) error {
	s.heading("The objects of Gloo's tracing guide, but for the tracing",
		"neither the Gateway nor the VirtualService says a word about it: see "+manifests)
	if err := s.kubectl(ctx, "apply", "-f", agentUpstream); err != nil {
		return err
	}
	return s.kubectl(ctx, "apply", "-f", guide[0], "-f", guide[1], "-f", guide[2])
}

// applyAgain shows that applying the same files again does not touch the objects.
func applyAgain(ctx context.Context, s *stage) error {
	s.heading("The same files, applied again", "metadata.generation stays: nothing has changed that Gloo would have to act on")
	before, err := s.allStored(ctx, guide)
	if err != nil {
		return err
	}
	if err := s.kubectl(ctx, "apply", "-f", guide[0], "-f", guide[1], "-f", guide[2]); err != nil {
		return err
	}
	after, err := s.allStored(ctx, guide)
	if err != nil {
		return err
	}
	s.blank()
	for i := range guide {
		was, is := before[i].GetGeneration(), after[i].GetGeneration()
		s.print(fmt.Sprintf("%-46s generation %d -> %d", name(before[i]), was, is))
		if was == 0 || was != is {
			return fmt.Errorf("%s: its generation did not stay", name(before[i]))
		}
	}
	return nil
}
