package browser

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

// scripted is a page that says by a script what another page says.
const scripted = `<!DOCTYPE html><p></p><script>
fetch("/said").then(a => a.text()).then(text => setTimeout(() => document.querySelector("p").textContent = text, 3000))
</script>`

func TestPageIsRenderedByItsScript(t *testing.T) {
	skipIfShort(t)
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, scripted) })
	mux.HandleFunc("/said", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") })
	server := httptest.NewServer(mux)
	defer server.Close()
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)

	page, err := Open(t.Context(), server.URL)
	if err != nil || !strings.Contains(page.DOM, "<p>hello</p>") {
		t.Errorf("got %s, %v", page.DOM, err)
	}
	if size, err := png.DecodeConfig(bytes.NewReader(page.PNG)); err != nil || size.Width != 1280 || size.Height != 720 {
		t.Errorf("a picture of %d by %d, %v", size.Width, size.Height, err)
	}
	isEmpty(t, tmp)
}

func TestPageOfNobodyIsAnError(t *testing.T) {
	skipIfShort(t)
	if page, err := Open(t.Context(), "http://127.0.0.1:1/"); err == nil {
		t.Errorf("got %s", page.DOM)
	}
}

func TestEndsWithItsContext(t *testing.T) {
	skipIfShort(t)
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done() // until the browser hangs up
		close(gone)
	}))
	defer server.Close()
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)

	if page, err := Open(ctx, server.URL); !errors.Is(err, context.Canceled) {
		t.Errorf("got %s, %v", page.DOM, err)
	}
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Error("the browser still waits for its page")
	}
	isEmpty(t, tmp)
}

func skipIfShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a browser")
	}
	if err := Fetch(t.Context(), t.Output()); err != nil {
		t.Fatal(err)
	}
}

func isEmpty(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("%v is left over, %v", left, err)
	}
}
