package webhook

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

func TestReplicaThatIsToGoServesOnAndAsksToBeLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l leave
		server, shutdown := context.WithCancel(t.Context())
		h := l.handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if l.told.Load() {
				shutdown()
			}
			if r.Context().Err() != nil {
				t.Error("what is under way ends with the server")
			}
			w.WriteHeader(http.StatusOK)
		}))
		connection := func() string {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequestWithContext(server, http.MethodPost, MutatePath, nil))
			return w.Result().Header.Get("Connection")
		}
		told, tell := context.WithCancel(t.Context())
		serving := l.after(told)
		synctest.Wait()
		if c := connection(); c != "" || serving.Err() != nil {
			t.Errorf("before it was told: Connection: %s, %v", c, serving.Err())
		}
		tell()
		synctest.Wait()
		if c := connection(); c != "close" || serving.Err() != nil {
			t.Errorf("when it was told: Connection: %s, %v", c, serving.Err())
		}
		time.Sleep(farewell)
		synctest.Wait()
		if serving.Err() == nil {
			t.Error("it never ends")
		}
	})
}
