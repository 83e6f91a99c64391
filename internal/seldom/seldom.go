// Package seldom keeps a log short where others decide how often there is something to say.
package seldom

import (
	"sync/atomic"

	"github.com/go-logr/logr"
	"golang.org/x/time/rate"
)

const (
	first     = 10 // lines at once
	perSecond = 1
)

// Lines are a log's lines of one kind.
type Lines struct {
	limit   *rate.Limiter
	leftOut atomic.Int64
}

// New is for one kind of lines.
func New() *Lines { return &Lines{limit: rate.NewLimiter(perSecond, first)} }

// To is log for one more line, which says how many were left out before it; or one that leaves it out.
func (l *Lines) To(log logr.Logger) logr.Logger {
	if !l.limit.Allow() {
		l.leftOut.Add(1)
		return logr.Discard()
	}
	if n := l.leftOut.Swap(0); n > 0 {
		return log.WithValues("leftOut", n)
	}
	return log
}
