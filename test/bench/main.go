// Command bench measures what an admission costs: it posts admission reviews, as an API server does, to glootrace and,
// in turns, to a floor, controller-runtime's webhook server with a handler that answers a constant patch.
//
// What counts are the ratios of one run on one machine. CPU time is the least disturbed by whatever else runs there.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/glootrace/glootrace/test/env"
)

func main() {
	var o options
	flags := flag.NewFlagSet("bench", flag.ExitOnError) // its own: imported packages add theirs to the program's
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "bench measures what an admission costs at glootrace, and at a webhook that does nothing. It starts an API server of its own.")
		flags.PrintDefaults()
	}
	flags.IntVar(&o.rounds, "rounds", 15, "how often each case is measured, at glootrace and at the floor in turns")
	flags.DurationVar(&o.round, "round", 300*time.Millisecond, "how long one measurement of a case takes at the floor, about")
	flags.StringVar(&o.only, "case", "", "measure only cases whose name has this in it")
	flags.BoolVar(&o.scale, "scale", false, "measure glootrace in larger and larger clusters instead; takes minutes")
	flags.StringVar(&o.markdown, "markdown", "", "file to write the results to")
	_ = flags.Parse(os.Args[1:]) // ends the program on a mistake
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type options struct {
	rounds   int
	round    time.Duration
	scale    bool
	only     string
	markdown string
}

// before is what the cluster holds.
const before = `
apiVersion: v1
kind: Namespace
metadata: {name: gloo-system}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: gateway-proxy, namespace: gloo-system}
`

func run(ctx context.Context, o options) (err error) {
	e, err := env.Start(ctx, env.Options{Progress: os.Stderr})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Stop()) }()
	for _, args := range [][]string{{"-f", "-"}, {"-f", manifests + "agent-upstream.yaml"}, {"-f", manifests + "upstream.yaml"}} {
		if _, said, err := e.Kubectl(ctx, before, append([]string{"apply"}, args...)...); err != nil {
			return fmt.Errorf("%w: %s", err, said)
		}
	}
	if o.scale {
		return scale(ctx, e, o)
	}
	measured, err := cases(ctx, e) // before the webhook is there to change them
	if err != nil {
		return err
	}
	w, err := e.Webhook(ctx, "")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "glootrace-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	floor, err := startFloor(ctx, dir)
	if err != nil {
		return err
	}
	defer floor.stop()
	ours := server{name: "glootrace", address: w.Address, metrics: w.Metrics, pid: w.PID()}

	client := newClient()
	var results []result
	for _, c := range measured {
		if !strings.Contains(c.name+" "+c.path, o.only) {
			continue
		}
		r, err := measure(ctx, client, c, ours, floor, o)
		if err != nil {
			return fmt.Errorf("%s %s: %w", c.path, c.name, err)
		}
		fmt.Fprintln(os.Stderr, r)
		results = append(results, r)
	}
	if err := writeTable(os.Stdout, rows(results), "speed", o); err != nil {
		return err
	}
	return applies(ctx, e.Config, o)
}

// measure sends one case to both servers, in turns.
func measure(ctx context.Context, client *http.Client, c benchCase, ours, floor server, o options) (result, error) {
	r := result{benchCase: c}
	if err := try(ctx, client, ours, c.path, c.answers, c.review); err != nil {
		return r, err
	}
	if err := try(ctx, client, floor, "/mutate", patches(true), c.review); err != nil {
		return r, fmt.Errorf("the floor: %w", err)
	}
	n, err := warm(ctx, client, floor, c.review, o.round)
	if err != nil {
		return r, err
	}
	if _, err := load(ctx, client, "https://"+ours.address+c.path, c.review, n); err != nil {
		return r, err
	}
	for range o.rounds {
		if err := r.ours.round(ctx, client, ours, c.path, c.review, n); err != nil {
			return r, err
		}
		if err := r.floor.round(ctx, client, floor, "/mutate", c.review, n); err != nil {
			return r, err
		}
	}
	return r, nil
}

// warm is how many reviews the floor answers in the time of a round.
func warm(ctx context.Context, client *http.Client, s server, review []byte, round time.Duration) (int, error) {
	for n := workers; ; n *= 2 {
		start := time.Now()
		if _, err := load(ctx, client, "https://"+s.address+"/mutate", review, n); err != nil {
			return 0, err
		}
		if time.Since(start) > round/2 {
			return n, nil
		}
	}
}
