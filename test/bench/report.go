package main

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// result is what one case cost at glootrace and at the floor.
type result struct {
	benchCase
	ours, floor sample
}

// sample is what the rounds of one case at one server came to.
type sample struct {
	latencies  []time.Duration
	rates, cpu []float64 // of each round: reviews a second; CPU time a review, in seconds
	mallocs    []float64 // of each round, a review
	peak       int64     // bytes
}

// round measures n reviews.
func (s *sample) round(ctx context.Context, client *http.Client, at server, path string, review []byte, n int) error {
	scrape, err := at.mallocs(ctx)
	if err != nil {
		return err
	}
	if err := at.forgetPeak(); err != nil {
		return err
	}
	mallocs, err := at.mallocs(ctx)
	if err != nil {
		return err
	}
	scrape = mallocs - scrape // what asking costs
	cpu, err := at.cpu()
	if err != nil {
		return err
	}
	start := time.Now()
	took, err := load(ctx, client, "https://"+at.address+path, review, n)
	if err != nil {
		return err
	}
	elapsed := time.Since(start)
	used, err := at.cpu()
	if err != nil {
		return err
	}
	peak, err := at.peak()
	if err != nil {
		return err
	}
	allocated, err := at.mallocs(ctx)
	if err != nil {
		return err
	}
	s.latencies = append(s.latencies, took...)
	s.rates = append(s.rates, float64(n)/elapsed.Seconds())
	s.cpu = append(s.cpu, (used-cpu).Seconds()/float64(n))
	s.mallocs = append(s.mallocs, (allocated-mallocs-scrape)/float64(n))
	s.peak = max(s.peak, peak)
	return nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// cpuRatio is the median of the rounds' own ratios: neighbours in time met the same neighbours on the machine.
func (r result) cpuRatio() float64 {
	var ratios []float64
	for i := range r.ours.cpu {
		ratios = append(ratios, r.ours.cpu[i]/r.floor.cpu[i])
	}
	return median(ratios)
}

// String is the result in one line, for whoever waits for the rest.
func (r result) String() string {
	return fmt.Sprintf("%-10s %-30s CPU %.2f of the floor's", r.path, r.name, r.cpuRatio())
}

// columns are what is reported of each case: glootrace's and the floor's number, as text, and their ratio.
var columns = []struct {
	head  string
	value func(*sample) float64
	print func(float64) string
}{
	{"CPU", func(s *sample) float64 { return median(s.cpu) }, printSeconds},
	{"reviews/s", func(s *sample) float64 { return median(s.rates) }, func(v float64) string { return fmt.Sprintf("%.0f", v) }},
	{"p50", func(s *sample) float64 { return quantile(s.latencies, 0.5).Seconds() }, printSeconds},
	{"p99", func(s *sample) float64 { return quantile(s.latencies, 0.99).Seconds() }, printSeconds},
	{"allocations", func(s *sample) float64 { return median(s.mallocs) }, func(v float64) string { return fmt.Sprintf("%.0f", v) }},
	{"peak memory", func(s *sample) float64 { return float64(s.peak) }, func(v float64) string { return fmt.Sprintf("%.0f MiB", v/(1<<20)) }},
}

func printSeconds(v float64) string {
	if math.Abs(v) < 1e-3 {
		return fmt.Sprintf("%.0f µs", v*1e6)
	}
	return fmt.Sprintf("%.2f ms", v*1e3)
}

// rows are the table: a case in each.
func rows(results []result) [][]string {
	head := []string{"review", "size"}
	for _, c := range columns {
		head = append(head, c.head)
	}
	table := [][]string{head}
	for _, r := range results {
		row := []string{r.name + ", " + r.path, printSize(len(r.review))}
		for _, c := range columns {
			ours, floor := c.value(&r.ours), c.value(&r.floor)
			ratio := ours / floor
			if c.head == "CPU" {
				ratio = r.cpuRatio()
			}
			row = append(row, fmt.Sprintf("**%.2f** (%s : %s)", ratio, c.print(ours), c.print(floor)))
		}
		table = append(table, row)
	}
	return table
}

func printSize(bytes int) string {
	if bytes < 1<<20 {
		return fmt.Sprintf("%.1f KiB", float64(bytes)/(1<<10))
	}
	return fmt.Sprintf("%.2f MiB", float64(bytes)/(1<<20))
}

// writeSection puts text between a page's comments <!-- NAME --> and <!-- /NAME -->.
func writeSection(page, name, text string) error {
	doc, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	begin, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->\n"
	head, rest, ok := strings.Cut(string(doc), begin)
	_, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return fmt.Errorf("%s: no %s … %s", page, strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return os.WriteFile(page, []byte(head+begin+text+end+tail), 0o644)
}
