package check

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"k8s.io/client-go/rest"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/refs"
)

// SamplingReport is the effective sampling of gateways and routes. Its JSON is an
// interface that programs rely on.
type SamplingReport struct {
	Rows  []SamplingRow `json:"rows"`
	Error string        `json:"error,omitempty"` // why it is not known
}

// SamplingRow is the sampling of a listener, or of a route of it.
type SamplingRow struct {
	Gateway string `json:"gateway"`           // with the kind, if it is a MatchableHttpGateway
	Matched string `json:"matched,omitempty"` // which of a hybrid Gateway's listeners
	Host    string `json:"host,omitempty"`    // the VirtualService
	Route   string `json:"route,omitempty"`   // its matchers
	// Traced is false if the listener has no tracing provider, or one whose Upstream does not exist: then nothing is sampled.
	Traced  bool    `json:"traced"`
	Sampled float64 `json:"sampledPercent"` // of ordinary requests
	Forced  float64 `json:"forcedPercent"`  // of requests that ask to be traced
	From    string  `json:"from"`           // the object and field that says so
}

// Sampling reads a cluster's sampling.
func Sampling(ctx context.Context, config *rest.Config) (SamplingReport, error) {
	c, err := connect(config, Options{})
	if err != nil {
		return SamplingReport{}, err
	}
	f := &facts{}
	if err := readObjects(ctx, c, f); err != nil {
		return SamplingReport{}, fmt.Errorf("%s can not be read: %w", objects.name, err)
	}
	return samplingOf(f.known, f.of(gloo.Gateway), f.of(gloo.MatchableHTTPGateway), f.of(gloo.VirtualService)), nil
}

func samplingOf(known refs.Reader, gateways, children, hosts []gloo.Object) SamplingReport {
	w := samplingWalk{known: known, report: SamplingReport{Rows: []SamplingRow{}}}
	for _, o := range append(gateways, children...) {
		for _, l := range o.Listeners() {
			if l.Shared || o.Kind == gloo.MatchableHTTPGateway && len(known.Parents(o)) == 0 {
				continue
			}
			row := w.listener(o, l)
			w.report.Rows = append(w.report.Rows, row)
			for _, vs := range hosts {
				if l.Serves()(vs) {
					row.Host = vs.Ref().String()
					w.routes(row, vs, map[gloo.Ref]bool{})
				}
			}
		}
	}
	return w.report
}

type samplingWalk struct {
	known  refs.Reader
	report SamplingReport
}

func (w *samplingWalk) listener(o gloo.Object, l gloo.Listener) SamplingRow {
	row := SamplingRow{Gateway: o.Ref().String(), Matched: l.Matched(), From: "no tracing provider"}
	tracing := l.Tracing
	provider, traced := tracing.Provider()
	row.Traced = traced
	if o.Kind == gloo.MatchableHTTPGateway {
		row.Gateway = string(o.Kind) + " " + row.Gateway
		for _, parent := range w.known.Parents(o) {
			shared := parent.SharedTracing()
			if p, ok := shared.Provider(); ok && !traced {
				provider, row.Traced = p, true
			}
			if len(tracing.Percentages()) == 0 && len(shared.Percentages()) > 0 {
				tracing = shared
			}
		}
	}
	if ref, ok := provider.Collector(); ok && row.Traced && missing(w.known, ref) {
		row.Traced, row.From = false, "Upstream "+ref.String()+" does not exist"
	}
	if row.Traced {
		w.set(&row, tracing.Sampling(), "Gloo's default")
		if len(tracing.Percentages()) > 0 {
			row.From = tracing.Path.String()
		}
	}
	return row
}

func (w *samplingWalk) set(row *SamplingRow, s gloo.Sampling, from string) {
	row.Sampled, row.Forced, row.From = s.Sampled(), min(s.Client, s.Overall), from
}

// routes adds a row for each route of owner. above is what holds for a route that
// says nothing itself.
func (w *samplingWalk) routes(above SamplingRow, owner gloo.Object, seen map[gloo.Ref]bool) {
	for route := range owner.AllOptions() {
		if route.Level != gloo.RouteLevel {
			continue
		}
		row := above
		var names []string
		for _, m := range gloo.RouteMatchers(route.Holder) {
			names = append(names, m.String())
		}
		row.Route = strings.Join(names, " or ")
		if e := w.known.Effective(route); e.Tracing.Exists() && row.Traced {
			holder := owner.String()
			if e.Tracing.From != nil {
				holder = e.Tracing.From.String()
			}
			w.set(&row, e.RouteTracing().Sampling(), holder+" "+e.Tracing.Path.String())
		}
		tables := w.known.RouteTables(owner, route)
		for _, table := range tables {
			if !seen[table.Ref()] { // else Gloo refuses the circle
				seen[table.Ref()] = true
				w.routes(row, table, seen)
				delete(seen, table.Ref())
			}
		}
		if len(tables) == 0 {
			w.report.Rows = append(w.report.Rows, row)
		}
	}
}

// Text writes a table for people.
func (r SamplingReport) Text(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(t, "GATEWAY\tVIRTUALSERVICE\tROUTE\tSAMPLED\tFORCED\tFROM")
	for _, row := range r.Rows {
		sampled, forced := "nothing", "nothing"
		if row.Traced {
			sampled, forced = percent(row.Sampled), percent(row.Forced)
		}
		for _, cell := range []string{strings.TrimSpace(row.Gateway + " " + row.Matched), row.Host, row.Route, sampled, forced} {
			fmt.Fprintf(t, "%s\t", gloo.Printable(cell))
		}
		fmt.Fprintf(t, "%s\n", gloo.Printable(row.From))
	}
	return t.Flush()
}

func percent(p float64) string { return strconv.FormatFloat(p, 'f', -1, 64) + " %" }
