package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
)

// traceRequest sends a request through Envoy and finds its trace in Zipkin.
func traceRequest(ctx context.Context, s *stage) error {
	s.heading("A request, and its trace",
		"Envoy -> otel-agent -> collector -> Zipkin: the agent is the injected one, the span is named after the host",
		"(Gloo itself does not run here: a stand-in turns the admitted objects into Envoy's configuration)")
	p, err := s.startPath(ctx)
	if err != nil {
		return err
	}
	s.gateway, s.zipkin = "http://"+p.envoy.Address, "http://"+p.zipkin.Address
	id, err := s.verify(ctx, "--gateway-url", s.gateway, "--host", "my-host", "--zipkin-url", s.zipkin,
		"--expect-name", "my-host", "--expect-service", "gateway-proxy", "--expect-status", "unset")
	if err != nil {
		return err
	}
	spans, err := p.zipkin.Trace(ctx, id)
	if err != nil {
		return err
	}
	s.blank()
	for _, span := range spans {
		const tag = "k8s.pod.name" // only the agent knows it
		s.print(fmt.Sprintf("added by the agent: %s %s", tag, span.Tags[tag]))
		if span.Tags[tag] != "gateway-proxy" {
			return fmt.Errorf("the span did not come through the agent: its tags are %v", span.Tags)
		}
	}
	s.print("the trace in Zipkin: " + s.zipkin + "/zipkin/traces/" + id)
	if os.Getenv("DEMO_KEEP") == "" {
		s.print("(Zipkin ends with the demo; with DEMO_KEEP=1 everything goes on running)")
	}
	return nil
}

var traceID = regexp.MustCompile(`\btrace ([0-9a-f]{32})\b`)

// verify shows `glootrace verify`, which must succeed, and returns the id of the trace that it found.
func (s *stage) verify(ctx context.Context, args ...string) (trace string, err error) {
	binary, err := s.cluster.Glootrace(ctx)
	if err != nil {
		return "", err
	}
	args = append([]string{"verify"}, args...)
	s.blank()
	s.command("glootrace", args...)
	var printed bytes.Buffer
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Stdout, cmd.Stderr = io.MultiWriter(os.Stdout, &printed), os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("glootrace verify: %w", err)
	}
	found := traceID.FindSubmatch(printed.Bytes())
	if found == nil {
		return "", errors.New("glootrace verify names no trace")
	}
	return string(found[1]), nil
}
