// Package cache keeps what tests and demo build or fetch once, in the user's cache folder, for all who come later.
package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Dir is the folder of what is made once: fill puts it there if nobody has, and the folder is there complete or not at
// all. The key says whatever decides what comes out, versions first. Dir says on progress what it makes and that it is
// still at it, and is silent when there is nothing to make.
func Dir(ctx context.Context, key, what string, progress io.Writer, fill func(ctx context.Context, dir string) error) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("where to keep %s: %w", what, err)
	}
	dir := filepath.Join(cache, "glootrace", key)
	if exists(dir) {
		return dir, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", fmt.Errorf("cache for %s: %w", what, err)
	}
	unlock, err := Lock(ctx, dir+".lock", func() {
		fmt.Fprintf(progress, "waiting for another process that is at %s\n", what)
	})
	if err != nil {
		return "", err
	}
	defer unlock()
	if exists(dir) { // another process has made it while this one waited
		return dir, nil
	}
	return dir, fillOnce(ctx, dir, what, progress, fill)
}

func fillOnce(ctx context.Context, dir, what string, progress io.Writer, fill func(ctx context.Context, dir string) error) error {
	tmp, err := os.MkdirTemp(filepath.Dir(dir), "build-")
	if err != nil {
		return fmt.Errorf("cache for %s: %w", what, err)
	}
	defer os.RemoveAll(tmp)
	begin := time.Now()
	fmt.Fprintf(progress, "getting %s: once\n", what)
	stop := every(30*time.Second, func() {
		fmt.Fprintf(progress, "  still at it, %v so far\n", time.Since(begin).Round(time.Second))
	})
	err = fill(ctx, tmp)
	stop()
	if err != nil {
		return fmt.Errorf("get %s: %w", what, err)
	}
	if err := errors.Join(os.Chmod(tmp, 0o755), os.Rename(tmp, dir)); err != nil {
		return fmt.Errorf("keep %s: %w", what, err)
	}
	fmt.Fprintf(progress, "done in %v, kept in %s\n", time.Since(begin).Round(time.Second), dir)
	return nil
}

// Lock holds an exclusive lock on a file, which the kernel releases if this process dies. It calls waiting if another
// process holds it.
func Lock(ctx context.Context, path string, waiting func()) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		waiting()
		locked := make(chan error, 1)
		go func() { locked <- syscall.Flock(int(f.Fd()), syscall.LOCK_EX) }()
		select {
		case err = <-locked:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}

// every calls f at each interval until stop returns.
func every(interval time.Duration, f func()) (stop func()) {
	ticker, done, ended := time.NewTicker(interval), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-ticker.C:
				f()
			case <-done:
				return
			}
		}
	}()
	return func() { ticker.Stop(); close(done); <-ended }
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
