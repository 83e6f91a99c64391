package refs

import (
	"context"
	"sync/atomic"
)

// maxRead is how many bytes of other objects, as they are held, are read for one
// review. What is made of them takes some forty times as much, and anybody who may
// write large objects can have them refer to each other.
const maxRead = 2 << 20

// limit is how much a reader reads, and how long.
type limit struct {
	ctx    context.Context
	left   atomic.Int64
	gaveUp atomic.Bool
}

// Within is the reader, but it reads so many bytes of other objects at most, and
// none once ctx is done. What it does not read is Unknown, or not there; see GaveUp.
func (r Reader) Within(ctx context.Context, bytes int64) Reader {
	r.limit = &limit{ctx: ctx}
	r.limit.left.Store(bytes)
	return r
}

// take tells whether so many bytes more may be read. Once they may not, nothing may.
func (l *limit) take(bytes int) bool {
	if l == nil {
		return true
	}
	if !l.gaveUp.Load() && (l.left.Add(-int64(bytes)) < 0 || l.ctx.Err() != nil) {
		l.gaveUp.Store(true)
	}
	return !l.gaveUp.Load()
}

// GaveUp tells whether the reader was asked for more than it reads for one review,
// or longer than somebody waits for it. Whatever was made of its answers may be wrong.
func (r Reader) GaveUp() bool { return r.limit != nil && r.limit.gaveUp.Load() }
