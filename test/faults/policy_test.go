package faults

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestPolicyReplacedByGarbage has the Policy file go bad in ways in which a disk that is full or broken leaves files.
// The Policy before stays in force, and a metric tells.
func TestPolicyReplacedByGarbage(t *testing.T) {
	const good = "apiVersion: glootrace.dev/v1alpha1\nkind: Policy\nagent: {inject: false}\n"
	file := filepath.Join(t.TempDir(), "policy.yaml")
	replace := func(write func(file string) error) { // at once, as a kubelet does
		t.Helper()
		next := filepath.Join(t.TempDir(), "next")
		if err := write(next); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, file); err != nil {
			t.Fatal(err)
		}
	}
	holds := func(text string) func(string) error {
		return func(file string) error { return os.WriteFile(file, []byte(text), 0o600) }
	}
	replace(holds(good))
	w, c := webhook(t, shared(t), file), newSender()
	for name, write := range map[string]func(string) error{
		"garbage": holds("\x00\xff{{"),
		"nothing": holds(""),
		"no end":  func(file string) error { return os.Symlink("/dev/zero", file) },
		"no file": func(file string) error { return os.Symlink("nowhere", file) },
		"a pipe":  func(file string) error { return syscall.Mkfifo(file, 0o600) },
	} {
		failures := metric(t, w, "glootrace_policy_reload_failures_total")
		replace(write)
		eventually(t, name, func() bool { return metric(t, w, "glootrace_policy_reload_failures_total") > failures })
		if metric(t, w, "glootrace_policy_reload_success") != 0 {
			t.Errorf("%s counts as a Policy", name)
		}
		if r := ask(t, c, w, "/mutate", proxy); !r.Allowed || len(r.Patch) > 0 || !isReady(t, w) {
			t.Errorf("%s: the Policy before is not in force: %v", name, r)
		}
	}
	replace(holds("apiVersion: glootrace.dev/v1alpha1\nkind: Policy\n"))
	eventually(t, "the next Policy", func() bool { return len(ask(t, c, w, "/mutate", proxy).Patch) > 0 })
	if metric(t, w, "glootrace_policy_reload_success") != 1 || peak(t, w) > limit {
		t.Errorf("it took %d MiB", peak(t, w)>>20)
	}
}
