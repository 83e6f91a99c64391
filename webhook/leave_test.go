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
		h := l.handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusOK) }))
		connection := func() string {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, mutatePath, nil))
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
