package webhook

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestReviewsWaitForRoomAndAreRefusedInTime lets in three reviews where there is room for two.
func TestReviewsWaitForRoomAndAreRefusedInTime(t *testing.T) {
	const size = 100 << 10
	for name, c := range map[string]struct {
		query string
		takes time.Duration // to answer a review
		want  int           // the status of the third
	}{
		"there is room in time":     {"?timeout=3s", time.Second, http.StatusOK},
		"there is none in time":     {"?timeout=3s", 2 * time.Second, http.StatusTooManyRequests},
		"the API server is patient": {"?timeout=10s", 2 * time.Second, http.StatusOK},
		"it does not say":           {"", 4 * time.Second, http.StatusOK},
		"it says nonsense":          {"?timeout=-1h", 6 * time.Second, http.StatusTooManyRequests},
		"it asks for too much":      {"?timeout=1h", 16 * time.Second, http.StatusTooManyRequests},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newOverload(2 * (size + leastRoom)).handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(c.takes) }))
				var answers []*httptest.ResponseRecorder
				var bodies []*strings.Reader
				var all sync.WaitGroup
				for range 3 {
					w, body := httptest.NewRecorder(), strings.NewReader(strings.Repeat(" ", size))
					bodies = append(bodies, body)
					answers = append(answers, w)
					all.Go(func() {
						h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, mutatePath+c.query, body))
					})
					synctest.Wait()
				}
				all.Wait()
				for i, want := range []int{http.StatusOK, http.StatusOK, c.want} {
					if got := answers[i]; got.Code != want || (got.Header().Get("Retry-After") != "") != (want != http.StatusOK) {
						t.Errorf("review %d is answered with %d, %v, want %d", i+1, got.Code, got.Header(), want)
					}
					if left := bodies[i].Len(); want != http.StatusOK && left > 0 {
						t.Errorf("review %d is refused while %d bytes are on their way", i+1, left)
					}
				}
				// Those that were refused have left nothing behind.
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, mutatePath, strings.NewReader(strings.Repeat(" ", 2*size+leastRoom))))
				if w.Code != http.StatusOK {
					t.Errorf("afterwards one that needs all the room: %d", w.Code)
				}
				w = httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, mutatePath, strings.NewReader(strings.Repeat(" ", 3*size))))
				if w.Code != http.StatusOK {
					t.Errorf("one that is larger than the room, alone: %d", w.Code)
				}
			})
		})
	}
}

func TestReviewOfASenderWhoHasGoneTakesNoRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newOverload(leastRoom).handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { time.Sleep(time.Second) }))
		go h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, mutatePath, nil))
		synctest.Wait()
		gone, leave := context.WithCancel(t.Context())
		w, begun := httptest.NewRecorder(), time.Now()
		time.AfterFunc(time.Millisecond, leave)
		h.ServeHTTP(w, httptest.NewRequestWithContext(gone, http.MethodPost, mutatePath, nil))
		if time.Since(begun) > time.Millisecond || w.Code != http.StatusTooManyRequests {
			t.Errorf("it waits for %v, and is answered with %d", time.Since(begun), w.Code)
		}
		time.Sleep(time.Second)
	})
}
