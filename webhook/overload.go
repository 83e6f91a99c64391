package webhook

import (
	"context"
	"io"
	"net/http"
	"time"

	"golang.org/x/sync/semaphore"
)

const (
	// roomForReviews is how many bytes of reviews are in memory at once; one that is larger is so alone. What is made of a
	// review takes up to some tens of times its size, a thousand connections their part, and the chart limits the whole
	// process to 256 MiB.
	roomForReviews = 2 << 20
	// leastRoom is what the smallest review takes.
	leastRoom = 16 << 10
	// defaultTimeout is how long an API server waits for a webhook that does not say how long.
	defaultTimeout = 10 * time.Second
)

// overload keeps a flood of reviews from taking more memory than there is. A review is not received before there is
// room for it; they are let in as they came. One that waits for half of the time that the API server gives it is
// refused, by a status upon which the API server itself asks again, as long as its time allows. After that the webhook
// configuration's failurePolicy decides. controller_runtime_webhook_requests_total counts them by their status.
type overload struct {
	room *semaphore.Weighted
	all  int64
}

func newOverload(room int64) overload { return overload{semaphore.NewWeighted(room), room} }

// handler is next, for the requests that there is room for.
func (o overload) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > maxReview {
			http.Error(w, errTooLarge.Error(), http.StatusRequestEntityTooLarge)
			return
		}
		size := r.ContentLength
		if size < 0 { // the sender does not say; the API server always does
			size = maxReview
		}
		size = min(size+leastRoom, o.all)
		if !o.room.TryAcquire(size) && !o.wait(r, size) {
			forget(w, r)
			w.Header().Set("Retry-After", "1")
			http.Error(w, "glootrace has more admission reviews to answer than memory for them; try again", http.StatusTooManyRequests)
			return
		}
		defer o.room.Release(size)
		next.ServeHTTP(w, r)
	})
}

// forget reads what is on its way and keeps none of it. Who still sends when the connection is closed may see that
// instead of the answer, and an API server that has no answer does not ask again.
func forget(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(receiveWithin))
	_, _ = io.CopyN(io.Discard, r.Body, maxReview)
}

// wait waits for room, and tells whether it has got it.
func (o overload) wait(r *http.Request, size int64) bool {
	ctx, cancel := context.WithTimeout(r.Context(), timeoutOf(r)/2)
	defer cancel()
	return o.room.Acquire(ctx, size) == nil
}

// timeoutOf is how long the sender waits for an answer, as API servers say it in the query.
func timeoutOf(r *http.Request) time.Duration {
	if d, err := time.ParseDuration(r.URL.Query().Get("timeout")); err == nil && d > 0 {
		return min(d, 30*time.Second) // a webhook configuration can not ask for more
	}
	return defaultTimeout
}
