package verify

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files in testdata")

func TestATraceIsPrintedAsATree(t *testing.T) {
	spans, err := parseSpans(sample(t, "trace.json")) // Zipkin has the child first
	if err != nil {
		t.Fatal(err)
	}
	r := report(true, spans...)
	r.Expectations = Expect{Name: "Ingress", Service: "GATEWAY-proxy", Status: Unset}.check(r.Spans[0])
	golden(t, "found.golden.txt", r)
}

func TestWhatIsNotAsExpectedIsSaid(t *testing.T) {
	span := Span{ID: "1", Name: "ingress", Service: "gateway-proxy", Kind: "SERVER", Status: Failed}
	r := report(true, span)
	r.Expectations = Expect{Name: "My-Host", Service: "gateway-proxy", Status: Unset}.check(span)
	if r.OK() {
		t.Error("the report is ok")
	}
	golden(t, "unexpected.golden.txt", r)
}

func TestALossIsSaidWithHopCauseAndFix(t *testing.T) {
	r := report(false)
	v := Diagnose(Evidence{Zipkin: "http://zipkin:9411", Waited: 10 * time.Second, Envoy: envoyWith(Cluster{
		Endpoints: []string{"10.0.0.1:4317"},
		Counters:  Counters{"upstream_rq_502": 4, "upstream_cx_http1_total": 4, "upstream_cx_protocol_error": 4},
	})})
	r.Lost = &v
	golden(t, "lost.golden.txt", r)
	var coloured strings.Builder
	if err := r.text(&coloured, true); err != nil {
		t.Fatal(err)
	}
	compareGolden(t, "lost.colour.golden.txt", coloured.String())
	v = Diagnose(Evidence{Zipkin: "http://zipkin:9411"})
	golden(t, "unknown.golden.txt", r)
}

func TestTheReportsJSONIsStable(t *testing.T) {
	r := report(false)
	v := Diagnose(Evidence{Zipkin: "http://zipkin:9411"})
	r.Lost = &v
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	compareGolden(t, "lost.golden.json", string(b)+"\n")
}

func TestTextOfOthersCannotSteerATerminal(t *testing.T) {
	var b strings.Builder
	if err := report(true, Span{ID: "1", Name: "\x1b[2J\tx\ny", Kind: "SERVER"}).Text(&b); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(b.String(), "\x1b\t") || strings.Count(b.String(), "\n") != 4 {
		t.Errorf("printed %q", b.String())
	}
}

func TestEverySpanIsPrintedOnceWhateverItsParent(t *testing.T) {
	for name, c := range map[string]struct {
		spans []Span
		want  string
	}{
		"siblings by time":  {[]Span{{ID: "a"}, {ID: "c", ParentID: "a", Timestamp: 3}, {ID: "b", ParentID: "a", Timestamp: 2}}, "a0 b1 c1"},
		"parent comes late": {[]Span{{ID: "b", ParentID: "a", Timestamp: 1}, {ID: "a", ParentID: "z", Timestamp: 2}}, "a0 b1"},
		"orphans are roots": {[]Span{{ID: "b", ParentID: "x", Timestamp: 2}, {ID: "a", ParentID: "y", Timestamp: 1}}, "a0 b0"},
		"same id twice":     {[]Span{{ID: "a"}, {ID: "a", Timestamp: 1}, {ID: "b", ParentID: "a", Timestamp: 2}}, "a0 b1 a0"},
		"own parent":        {[]Span{{ID: "a", ParentID: "a"}}, "a0"},
		"circle":            {[]Span{{ID: "a", ParentID: "b"}, {ID: "b", ParentID: "a", Timestamp: 1}}, "a0 b1"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, s := range arrange(c.spans) {
				got = append(got, s.ID+string(rune('0'+s.Depth)))
			}
			if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("tree (-want +got):\n%s", diff)
			}
		})
	}
}

func report(found bool, spans ...Span) Report {
	return Report{
		Request: Request{
			Sent: time.Date(2026, 3, 2, 7, 41, 10, 0, time.UTC), Method: "GET", URL: "http://localhost:8080/", Status: 200,
			Duration: Millis(3141 * time.Microsecond), TraceID: "5b8efff798038103d269b633813fc60c",
		},
		Found: found, Waited: Millis(1234 * time.Millisecond),
		Spans: arrange(spans), Expectations: []Expectation{},
	}
}

func golden(t *testing.T, name string, r Report) {
	t.Helper()
	var b strings.Builder
	if err := r.Text(&b); err != nil {
		t.Fatal(err)
	}
	compareGolden(t, name, b.String())
	j, err := json.Marshal(r)
	if err != nil || strings.Contains(string(j), "null") {
		t.Errorf("a list is null in %s, or %v", j, err)
	}
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile("testdata/"+name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(string(sample(t, name)), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
