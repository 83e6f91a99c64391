package integration

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/go-logr/logr/testr"
	"k8s.io/client-go/rest"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/refs"
)

// requests notes what is asked of the API server. An old one does not send the
// objects that there are through a watch.
type requests struct {
	next http.RoundTripper
	old  bool

	mu  sync.Mutex
	all []string
}

func (r *requests) RoundTrip(request *http.Request) (*http.Response, error) {
	r.mu.Lock()
	r.all = append(r.all, request.URL.RequestURI())
	r.mu.Unlock()
	if r.old && request.URL.Query().Get("sendInitialEvents") != "" {
		const status = `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Invalid","code":422,"message":"sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"}`
		return &http.Response{StatusCode: http.StatusUnprocessableEntity, Header: http.Header{"Content-Type": {"application/json"}},
			Body: io.NopCloser(bytes.NewReader([]byte(status))), Request: request}, nil
	}
	return r.next.RoundTrip(request)
}

// wrap has the requests go on to next.
func (r *requests) wrap(next http.RoundTripper) http.RoundTripper {
	r.next = next
	return r
}

// with are the requests so far that contain a text.
func (r *requests) with(text string) (found []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, uri := range r.all {
		if strings.Contains(uri, text) {
			found = append(found, uri)
		}
	}
	return found
}

// watch watches the cluster until the end of the test, through what notes its
// requests, and returns once all that there is is known.
func watch(t *testing.T, asked *requests) *refs.Cluster {
	t.Helper()
	client, err := rest.HTTPClientFor(cluster.Config)
	if err != nil {
		t.Fatal(err)
	}
	watched, err := refs.NewCluster(cluster.Config, &http.Client{Transport: asked.wrap(client.Transport)}, testr.New(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = watched.Start(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	eventually(t, func() bool { return watched.Ready(nil) == nil })
	return watched
}

// The memory of a start does not depend on how many objects there are beyond
// what is kept of them: they come one by one, or in pages. A miss costs one GET,
// and what comes afterwards is heard of.
func TestObjectsAreReadPieceByPieceAndAMissIsAskedForOnce(t *testing.T) {
	for name, old := range map[string]bool{"streamed": false, "in pages": true} {
		t.Run(name, func(t *testing.T) {
			ns := namespace(t)
			const upstream = "\nspec: {useHttp2: true, static: {hosts: [{addr: a.example.com, port: 4317}]}}\n"
			kubectl(t, "apiVersion: gloo.solo.io/v1\nkind: Upstream\nmetadata: {name: first, namespace: "+ns+"}"+upstream, "apply", "-f", "-")

			asked := &requests{old: old}
			watched := watch(t, asked)
			for _, uri := range asked.with("/upstreams?") {
				inPieces := strings.Contains(uri, "limit=500") && !strings.Contains(uri, "resourceVersion=0")
				if !inPieces && !strings.Contains(uri, "watch=true") {
					t.Errorf("asked for all at once: %s", uri)
				}
			}
			if lists := asked.with("limit=500"); old != (len(lists) > 0) {
				t.Errorf("pages asked for: %v", lists)
			}

			find := func(name string) refs.Answer {
				_, answer := watched.Reader(t.Context()).Upstream(gloo.Ref{Namespace: ns, Name: name})
				return answer
			}
			if got := find("first"); got != refs.Found {
				t.Errorf("an Upstream that was there: %v", got)
			}
			if got := find("second"); got != refs.Missing {
				t.Errorf("an Upstream that is not there: %v", got)
			}
			if gets := asked.with("/upstreams/"); len(gets) != 1 || !strings.HasSuffix(gets[0], "/second") {
				t.Errorf("what was there is known, and what is not is asked for once: %v", gets)
			}
			kubectl(t, "apiVersion: gateway.solo.io/v1\nkind: Gateway\nmetadata: {name: g, namespace: "+ns+"}\nspec: {httpGateway: {options: {httpConnectionManagerSettings: "+
				"{tracing: {openTelemetryConfig: {collectorUpstreamRef: {name: first, namespace: "+ns+"}}}}}}}\n", "apply", "-f", "-")
			eventually(t, func() bool {
				return len(watched.Reader(t.Context()).UsersOf(gloo.Ref{Namespace: ns, Name: "first"})) == 1
			})
			kubectl(t, "", "delete", "gateway.gateway.solo.io/g", "-n", ns)
			eventually(t, func() bool {
				return len(watched.Reader(t.Context()).UsersOf(gloo.Ref{Namespace: ns, Name: "first"})) == 0
			})
		})
	}
}
