package env

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// Main runs the tests of a package with a control plane that they share, after setUp, and returns the exit code of their
// process. An interrupt ends the control plane too.
func Main(setUp func(context.Context, *Env) error, tests func() int) (code int) {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	e, err := Start(ctx, Options{Progress: os.Stderr})
	if err == nil {
		if err = setUp(ctx, e); err == nil {
			code = tests()
		}
		err = errors.Join(err, e.Stop())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}
