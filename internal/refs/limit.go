package refs

import (
	"context"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

// maxRead is how many bytes of other objects, as they are held, are read for one
// review. What is made of them takes some forty times as much, and anybody who may
// write large objects can have them refer to each other.
const maxRead = 2 << 20

// lightRead is how many of them are read at once for however many reviews. More is
// read for one review at a time, or what is made of them would add up.
const lightRead = 16 << 10

// limit is how much a reader reads, and how long.
type limit struct {
	ctx    context.Context
	most   int64
	left   atomic.Int64
	gaveUp atomic.Bool

	turn func() bool // waits for it, and tells whether it came; nil if it need not be waited for
}

// Within is the reader, but it reads so many bytes of other objects at most, and
// none once ctx is done. What it does not read is Unknown, or not there; see GaveUp.
func (r Reader) Within(ctx context.Context, bytes int64) Reader {
	r.limit = &limit{ctx: ctx, most: bytes}
	r.limit.left.Store(bytes)
	return r
}

// InTurn is the reader, but of those with the same turns one at a time reads more
// than lightRead, and keeps its turn until the ctx of its limit is done.
func (r Reader) InTurn(turns *semaphore.Weighted) Reader {
	l := r.limit
	l.turn = sync.OnceValue(func() bool {
		if turns.Acquire(l.ctx, 1) != nil {
			return false
		}
		context.AfterFunc(l.ctx, func() { turns.Release(1) })
		return true
	})
	return r
}

// take tells whether so many bytes more may be read. Once they may not, nothing may.
func (l *limit) take(bytes int) bool {
	if l == nil {
		return true
	}
	if l.gaveUp.Load() {
		return false
	}
	left := l.left.Add(-int64(bytes))
	heavy := l.turn != nil && l.most-left > lightRead
	if left < 0 || l.ctx.Err() != nil || heavy && !l.turn() {
		l.gaveUp.Store(true)
	}
	return !l.gaveUp.Load()
}

// GaveUp tells whether the reader was asked for more than it reads for one review,
// or longer than somebody waits for it. Whatever was made of its answers may be wrong.
func (r Reader) GaveUp() bool { return r.limit != nil && r.limit.gaveUp.Load() }
