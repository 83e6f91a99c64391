package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"sigs.k8s.io/yaml"
)

// linted is what lint takes for one file.
type linted struct {
	documents  int
	text       int64 // bytes
	took, used time.Duration
	peak       int64 // memory, in bytes
}

// lint measures the lint of files with as many documents as the sizes say.
func lint(ctx context.Context, binary string, out io.Writer, o options) error {
	dir, err := os.MkdirTemp("", "glootrace-bench-lint-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var all []linted
	for _, n := range sizes {
		name := filepath.Join(dir, fmt.Sprint(n, ".yaml"))
		documents, err := writeDocuments(name, n)
		if err != nil {
			return err
		}
		l, err := measureLint(ctx, binary, name)
		if err != nil {
			return err
		}
		l.documents = documents
		all = append(all, l)
	}
	table := [][]string{{"documents"}, {"text"}, {"documents/s"}, {"CPU for a document"}, {"CPU time : time on the clock"}, {"peak memory"}}
	for _, l := range all {
		each := func(l linted) float64 { return l.used.Seconds() / float64(l.documents) }
		for i, cell := range []string{
			fmt.Sprint(l.documents), fmt.Sprintf("%.1f MiB", float64(l.text)/(1<<20)), fmt.Sprintf("%.0f", float64(l.documents)/l.took.Seconds()),
			fmt.Sprintf("**%.2f** (%s)", each(l)/each(all[0]), printSeconds(each(l))), fmt.Sprintf("%.2f", l.used.Seconds()/l.took.Seconds()),
			fmt.Sprintf("%.0f MiB", float64(l.peak)/(1<<20)),
		} {
			table[i] = append(table[i], cell)
		}
	}
	return writeTable(out, table, "lint", o)
}

// writeDocuments writes n documents: as many Upstreams as VirtualServices, and a Gateway for each fifty of them.
func writeDocuments(name string, n int) (documents int, err error) {
	f, err := os.Create(name)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	for i := 0; documents < n; i++ {
		objects := []map[string]any{upstream(i), host(i)}
		if i%perGateway == 0 {
			objects = append(objects, gateway(i, collector(i)))
		}
		for _, o := range objects {
			text, err := yaml.Marshal(o)
			if err != nil {
				return 0, err
			}
			fmt.Fprintf(w, "---\n%s", text)
			documents++
		}
	}
	return documents, w.Flush()
}

func measureLint(ctx context.Context, binary, file string) (linted, error) {
	info, err := os.Stat(file)
	if err != nil {
		return linted{}, err
	}
	cmd := exec.CommandContext(ctx, binary, "lint", "-f", file)
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return linted{}, fmt.Errorf("lint of %s: %w", file, err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	l := linted{text: info.Size()}
	// What wait4 tells of the most memory counts this process's too, of which the other was cloned.
	for ticker := time.NewTicker(5 * time.Millisecond); ; <-ticker.C {
		select {
		case err := <-done:
			if exit := new(exec.ExitError); err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) { // 1: there are findings
				return linted{}, fmt.Errorf("lint of %s: %w", file, err)
			}
			l.took, l.used = time.Since(start), cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()
			return l, nil
		default:
			if peak, err := (server{name: "lint", pid: cmd.Process.Pid}).peak(); err == nil { // else it has just ended
				l.peak = max(l.peak, peak)
			}
		}
	}
}
