package cache

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

func TestMadeOnceHoweverManyAsk(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	var made atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			dir, err := Dir(t.Context(), "thing-1", "a thing", t.Output(), func(_ context.Context, dir string) error {
				made.Add(1)
				return os.WriteFile(filepath.Join(dir, "thing"), nil, 0o644)
			})
			if err != nil {
				t.Error(err)
			} else if _, err := os.Stat(filepath.Join(dir, "thing")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := made.Load(); n != 1 {
		t.Errorf("made %d times", n)
	}
}

func TestSilentWhenItIsThere(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	nothing := func(context.Context, string) error { return nil }
	if _, err := Dir(t.Context(), "thing-1", "a thing", t.Output(), nothing); err != nil {
		t.Fatal(err)
	}
	var progress bytes.Buffer
	if _, err := Dir(t.Context(), "thing-1", "a thing", &progress, nothing); err != nil || progress.Len() > 0 {
		t.Errorf("%v, and it said: %s", err, progress.String())
	}
}

func TestNothingIsKeptOfWhatFailed(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	failure := errors.New("no room")
	_, err := Dir(t.Context(), "thing-1", "a thing", t.Output(), func(_ context.Context, dir string) error {
		return errors.Join(os.WriteFile(filepath.Join(dir, "half"), nil, 0o644), failure)
	})
	if !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
	entries, err := os.ReadDir(filepath.Join(cache, "glootrace"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != "thing-1.lock" {
			t.Errorf("%s is left over", e.Name())
		}
	}
}

func TestOnlyOneHoldsTheLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	var holders atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			unlock, err := Lock(t.Context(), path, func() {})
			if err != nil {
				t.Error(err)
				return
			}
			if n := holders.Add(1); n != 1 {
				t.Errorf("%d hold the lock", n)
			}
			holders.Add(-1)
			unlock()
		})
	}
	all.Wait()
}
