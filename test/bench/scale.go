package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"
	admissionv1 "k8s.io/api/admission/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/test/env"
)

// sizes are how many Upstreams and as many VirtualServices there are; there is a Gateway for each fifty of them.
var sizes = []int{1_000, 10_000, 50_000}

const perGateway = 50

// point is what glootrace takes at one size of the cluster.
type point struct {
	objects       int
	ready, worked time.Duration // until it was ready: on the clock, and of CPU time
	starting, now int64         // memory, in bytes: the most until it was ready, and the most under load
	cpu           []float64
	reads         float64 // GETs of the API server for one review that refers to an Upstream that is not there
}

// scale fills a cluster and measures what glootrace takes, at each of the sizes.
func scale(ctx context.Context, e *env.Env, o options) error {
	questions, err := scaleCases()
	if err != nil {
		return err
	}
	binary, err := e.Glootrace(ctx) // before its start is timed
	if err != nil {
		return err
	}
	if err := lint(ctx, binary, os.Stdout, o); err != nil {
		return err
	}
	var points []point
	have := 0
	for _, n := range sizes {
		start := time.Now()
		if err := fill(ctx, e.Config, have, n); err != nil {
			return err
		}
		have = n
		fmt.Fprintf(os.Stderr, "%d Upstreams, %d VirtualServices, %d Gateways: filled in %v\n", n, n, n/perGateway, time.Since(start).Round(time.Second))
		p, err := measureScale(ctx, e, n, questions, o)
		if err != nil {
			return err
		}
		points = append(points, p)
	}
	return reportScale(os.Stdout, points, questions, o)
}

// fill creates what is between two sizes.
func fill(ctx context.Context, config *rest.Config, from, to int) error {
	config = rest.CopyConfig(config)
	config.QPS = -1
	c, err := client.New(config, client.Options{})
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	next.Store(int64(from))
	for range 16 {
		group.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= to {
					return nil
				}
				all := []map[string]any{upstream(i), host(i)}
				if i%perGateway == 0 {
					all = append(all, gateway(i, collector(i)))
				}
				for _, o := range all {
					if err := c.Create(ctx, &unstructured.Unstructured{Object: o}); err != nil {
						return fmt.Errorf("filling the cluster: %w", err)
					}
				}
			}
		})
	}
	return group.Wait()
}

func object(api, kind, name string, spec map[string]any) map[string]any {
	return map[string]any{
		"apiVersion": api, "kind": kind, "spec": spec,
		"metadata": map[string]any{"name": name, "namespace": "gloo-system", "labels": map[string]any{"app.kubernetes.io/managed-by": "Helm"}},
	}
}

func upstream(i int) map[string]any {
	return object("gloo.solo.io/v1", "Upstream", fmt.Sprintf("default-service-%d-8080", i), map[string]any{
		"discoveryMetadata": map[string]any{"labels": map[string]any{"app": fmt.Sprint("service-", i)}},
		"kube": map[string]any{
			"selector": map[string]any{"app": fmt.Sprint("service-", i)}, "serviceName": fmt.Sprint("service-", i), "serviceNamespace": "default", "servicePort": int64(8080),
		},
	})
}

func host(i int) map[string]any {
	return object("gateway.solo.io/v1", "VirtualService", fmt.Sprint("host-", i), map[string]any{"virtualHost": map[string]any{
		"domains": []any{fmt.Sprintf("host-%d.example.com", i)},
		"routes": []any{map[string]any{
			"matchers": []any{map[string]any{"prefix": "/"}}, "options": map[string]any{"timeout": "15s", "tracing": map[string]any{
				"tracePercentages": map[string]any{"randomSamplePercentage": 10.0},
			}},
			"routeAction": map[string]any{"single": map[string]any{"upstream": map[string]any{"name": fmt.Sprintf("default-service-%d-8080", i), "namespace": "gloo-system"}}},
		}},
	}})
}

// collector is the Upstream that the Gateway made with i sends spans to.
func collector(i int) string { return fmt.Sprintf("default-service-%d-8080", i) }

// gateway serves one VirtualService.
func gateway(i int, collector string) map[string]any {
	return object("gateway.solo.io/v1", "Gateway", fmt.Sprint("gateway-", i), map[string]any{
		"bindAddress": "::", "bindPort": int64(8080), "proxyNames": []any{fmt.Sprint("proxy-", i)},
		"httpGateway": map[string]any{
			"virtualServices": []any{map[string]any{"name": fmt.Sprint("host-", i), "namespace": "gloo-system"}},
			"options": map[string]any{"httpConnectionManagerSettings": map[string]any{"tracing": map[string]any{
				"openTelemetryConfig": map[string]any{"collectorUpstreamRef": map[string]any{"name": collector, "namespace": "gloo-system"}},
			}}},
		},
	})
}

// missing names an Upstream that is never there.
const missing = "no-such-upstream"

// scaleCases are reviews of whose answers other objects are a part.
func scaleCases() ([]benchCase, error) {
	child := object("gateway.solo.io/v1", "MatchableHttpGateway", "child", map[string]any{"httpGateway": map[string]any{}})
	var all []benchCase
	for _, c := range []struct {
		name, path string
		object     map[string]any
		remove     bool
	}{
		{"Gateway, whose collector is there", "/validate", gateway(0, collector(0)), false},
		{"Gateway, whose collector is not there", "/validate", gateway(0, missing), false},
		{"VirtualService with tracing of its own", "/validate", host(0), false},
		{"VirtualService", "/mutate", host(0), false},
		{"MatchableHttpGateway", "/mutate", child, false},
		{"Upstream that is deleted", "/validate", upstream(1), true},
	} {
		o := &unstructured.Unstructured{Object: c.object}
		review, err := reviewOf(o, nil)
		if err != nil {
			return nil, err
		}
		if c.remove {
			review = []byte(strings.NewReplacer(`"operation":"CREATE"`, `"operation":"DELETE"`, `"object":{`, `"oldObject":{`).Replace(string(review)))
		}
		all = append(all, benchCase{c.name, c.path, review, func(*admissionv1.AdmissionResponse) error { return nil }})
	}
	return all, nil
}

func measureScale(ctx context.Context, e *env.Env, n int, questions []benchCase, o options) (p point, err error) {
	w, err := e.Webhook(ctx, "")
	if err != nil {
		return p, err
	}
	defer func() {
		if stopErr := w.Stop(); err == nil {
			err = stopErr
		}
	}()
	s := server{name: "glootrace", address: w.Address, metrics: w.Metrics, pid: w.PID()}
	p = point{objects: n, ready: w.ReadyAfter}
	if p.worked, err = s.cpu(); err != nil {
		return p, err
	}
	if p.starting, err = s.peak(); err != nil {
		return p, err
	}
	client := newClient()
	for _, q := range questions {
		if err := try(ctx, client, s, q.path, q.answers, q.review); err != nil {
			return p, fmt.Errorf("%s %s: %w", q.path, q.name, err)
		}
		const most = 400
		var rounds sample
		reads, err := upstreamReads(ctx, e.Config)
		if err != nil {
			return p, err
		}
		for range 5 {
			if err := rounds.round(ctx, client, s, q.path, q.review, most/5); err != nil {
				return p, err
			}
		}
		after, err := upstreamReads(ctx, e.Config)
		if err != nil {
			return p, err
		}
		if strings.Contains(string(q.review), missing) {
			p.reads = (after - reads) / most
		}
		p.cpu = append(p.cpu, median(rounds.cpu))
		p.now = max(p.now, rounds.peak)
	}
	return p, nil
}

// upstreamReads are the API server's reads of single Upstreams so far.
func upstreamReads(ctx context.Context, config *rest.Config) (float64, error) {
	c, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return 0, err
	}
	text, err := c.RESTClient().Get().AbsPath("/metrics").DoRaw(ctx)
	if err != nil {
		return 0, fmt.Errorf("metrics of the API server: %w", err)
	}
	var sum float64
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "apiserver_request_total{") && strings.Contains(line, `resource="upstreams"`) && strings.Contains(line, `verb="GET"`) {
			var n float64
			if _, err := fmt.Sscan(line[strings.LastIndex(line, " "):], &n); err != nil {
				return 0, err
			}
			sum += n
		}
	}
	return sum, nil
}

func reportScale(out io.Writer, points []point, questions []benchCase, o options) error {
	table := [][]string{{"Upstreams, and as many VirtualServices"}, {"ready after"}, {"CPU time until ready"}, {"memory until ready"}, {"memory under load"}, {"GETs on a miss"}}
	for _, q := range questions {
		table = append(table, []string{q.name + ", " + q.path})
	}
	for _, p := range points {
		cells := []string{fmt.Sprint(p.objects), fmt.Sprintf("%.1f s", p.ready.Seconds()), fmt.Sprintf("%.1f s", p.worked.Seconds()),
			fmt.Sprintf("%.0f MiB", float64(p.starting)/(1<<20)), fmt.Sprintf("%.0f MiB", float64(p.now)/(1<<20)), fmt.Sprintf("%.2f", p.reads)}
		for i, cpu := range p.cpu {
			cells = append(cells, fmt.Sprintf("**%.2f** (%s)", cpu/points[0].cpu[i], printSeconds(cpu)))
		}
		for i, cell := range cells {
			table[i] = append(table[i], cell)
		}
	}
	return writeTable(out, table, "scale", o)
}

// writeTable prints a table, and writes it to the section of the page that is asked for.
func writeTable(out io.Writer, table [][]string, section string, o options) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, row := range table {
		fmt.Fprintln(w, strings.ReplaceAll(strings.Join(row, "\t"), "**", ""))
	}
	if err := w.Flush(); err != nil || o.markdown == "" {
		return err
	}
	var b strings.Builder
	for i, row := range table {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(row)) + "|\n")
		}
	}
	return writeSection(o.markdown, section, b.String())
}
