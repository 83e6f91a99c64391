package refs

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/pager"

	"github.com/glootrace/glootrace/internal/gloo"
)

// shelf answers as an API server does that has Upstreams of these sizes.
type shelf struct {
	sizes   []int
	expires int // the page, counted from 0, that comes too late
	asked   []string
}

// taker counts how many bytes are taken of one answer at most.
type taker struct{ most int }

func (c *taker) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		answer.Body = &taken{ReadCloser: answer.Body, of: c}
	}
	return answer, err
}

type taken struct {
	io.ReadCloser
	of    *taker
	bytes int
}

func (b *taken) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.bytes += n
	b.of.most = max(b.of.most, b.bytes)
	return n, err
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s.asked = append(s.asked, r.URL.RequestURI())
	w.Header().Set("Content-Type", "application/json")
	next, again := strings.CutPrefix(q.Get("continue"), "again-")
	from, _ := strconv.Atoi(next)
	if s.expires > 0 && len(s.asked) > s.expires && from > 0 && !again {
		w.WriteHeader(http.StatusGone)
		fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","metadata":{"continue":"again-%d"},"status":"Failure","reason":"Expired","code":410}`, from)
		return
	}
	limit, err := strconv.Atoi(q.Get("limit"))
	if err != nil || strings.HasSuffix(r.URL.Path, "/gateways") {
		http.NotFound(w, r)
		return
	}
	to, rest := min(from+limit, len(s.sizes)), ""
	if to < len(s.sizes) {
		rest = fmt.Sprintf("again-%d", to)
		if !again {
			rest = strconv.Itoa(to)
		}
	}
	fmt.Fprint(w, `{"kind":"UpstreamList","apiVersion":"gloo.solo.io/v1","items":[`)
	for i := from; i < to; i++ {
		fmt.Fprintf(w, `%s{"metadata":{"namespace":"n","name":"%d"},"spec":{"x":"%s"}}`, []string{"", ","}[min(i-from, 1)], i, strings.Repeat("x", s.sizes[i]))
	}
	fmt.Fprintf(w, `],"metadata":{"resourceVersion":"1","continue":"%s"}}`, rest)
}

// reads are the ways in which the webhook reads all objects.
var reads = map[string]func(t *testing.T, server string, transport http.RoundTripper) []string{
	"each": func(t *testing.T, server string, transport http.RoundTripper) (names []string) {
		c, err := NewClient(&rest.Config{Host: server, QPS: -1, Transport: transport})
		if err != nil {
			t.Fatal(err)
		}
		err = Each(t.Context(), c, gloo.Upstream, func(o gloo.Object) error { names = append(names, o.String()); return nil })
		if err != nil {
			t.Fatal(err)
		}
		return names
	},
	"entries": func(t *testing.T, server string, transport http.RoundTripper) (names []string) {
		c, err := newSlimClient(&rest.Config{Host: server, QPS: -1}, &http.Client{Transport: transport}, watchedOf(gloo.Upstream))
		if err != nil {
			t.Fatal(err)
		}
		p := pager.New(c.list)
		p.FullListIfExpired = false
		err = p.EachListItem(t.Context(), metav1.ListOptions{}, func(item runtime.Object) error {
			names = append(names, item.(*entry).object().String())
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return names
	},
}

func TestPagesAreAsLargeAsFits(t *testing.T) {
	const small, large = 1 << 10, 1 << 19
	of := func(n, size int) []int { return slices.Repeat([]int{size}, n) }
	for name, c := range map[string]struct {
		sizes    []int
		requests int // at most
	}{
		"small ones":                  {of(5000, small), 10},
		"large ones":                  {of(20, large), 9},
		"large ones behind small":     {slices.Concat(of(5000, small), of(20, large)), 20},
		"small ones behind large":     {slices.Concat(of(20, large), of(5000, small)), 25},
		"one that is too large alone": {[]int{1, 1, 3 * maxPage, 1, 1}, 15},
		"none":                        {nil, 1},
	} {
		for how, read := range reads {
			t.Run(name+", "+how, func(t *testing.T) {
				s := &shelf{sizes: c.sizes}
				server := httptest.NewServer(s)
				defer server.Close()
				client := new(taker)
				names := read(t, server.URL, client)
				server.Close()
				if len(names) != len(c.sizes) {
					t.Errorf("%d are read of %d", len(names), len(c.sizes))
				}
				for i, name := range names {
					if want := fmt.Sprintf("Upstream n/%d", i); name != want {
						t.Fatalf("%s is read as %s", want, name)
					}
				}
				if len(s.asked) > c.requests {
					t.Errorf("%d requests: %q", len(s.asked), s.asked)
				}
				if most := slices.Max(append(c.sizes, maxPage)) + 1<<10; client.most > most {
					t.Errorf("%d bytes were taken of one page", client.most)
				}
			})
		}
	}
}

// TestAVisitMayTakeLong has an API server forget meanwhile how its objects were.
func TestAVisitMayTakeLong(t *testing.T) {
	s := &shelf{sizes: make([]int, 3*pageSize), expires: 1}
	server := httptest.NewServer(s)
	defer server.Close()
	if n := len(reads["each"](t, server.URL, http.DefaultTransport)); n != 3*pageSize {
		t.Errorf("%d are read of %d: %q", n, 3*pageSize, s.asked)
	}
}

func TestAVisitMayFail(t *testing.T) {
	server := httptest.NewServer(&shelf{sizes: make([]int, 3)})
	defer server.Close()
	c, err := NewClient(&rest.Config{Host: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	wrong, visits := errors.New("wrong"), 0
	err = Each(t.Context(), c, gloo.Upstream, func(gloo.Object) error { visits++; return wrong })
	if !errors.Is(err, wrong) || visits != 1 {
		t.Errorf("%v after %d visits", err, visits)
	}
}
