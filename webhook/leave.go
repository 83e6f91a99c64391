package webhook

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// farewell is how long a replica that was told to end goes on serving.
const farewell = 2 * time.Second

// leave lets a replica go without costing a request. The API server keeps connections to a webhook open, and does not
// send a review again that it sent at the very moment in which one was closed: seen as "failed calling webhook … EOF".
// So the replica, before it closes any, asks for it with each answer; the next connection goes to another replica.
type leave struct{ told atomic.Bool }

// after returns a context that is done some time after ctx is, the time of farewells.
func (l *leave) after(ctx context.Context) context.Context {
	later, stop := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		l.told.Store(true)
		time.AfterFunc(farewell, stop)
	})
	return later
}

// handler is next, and says so with each answer when the replica is to go.
func (l *leave) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if l.told.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
