package main

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"github.com/glootrace/glootrace/internal/verify"
)

func verifyReport() verify.Report {
	return verify.Report{
		Request: verify.Request{Sent: time.Date(2026, 3, 2, 7, 41, 10, 0, time.UTC), Method: "GET", URL: "http://localhost:8080/<a>", Status: 200,
			TraceID: "5b8efff798038103d269b633813fc60c"},
		Spans: []verify.Span{}, Expectations: []verify.Expectation{},
	}
}

func TestVerifyAsJUnit(t *testing.T) {
	lost, found := verifyReport(), verifyReport()
	lost.Lost = &verify.Verdict{After: "the agent", Before: "the collector", Evidence: []string{"1 waiting\x1b[2J"}, Cause: "the collector is down"}
	found.Found = true
	found.Expectations = []verify.Expectation{{What: "name", Expected: "shop", Got: "shop", Met: true}, {What: "status", Expected: "unset", Got: "error"}}
	for name, r := range map[string]verify.Report{"verify.lost.junit": lost, "verify.found.junit": found} {
		var out strings.Builder
		if err := printVerifyJUnit(&out, r); err != nil {
			t.Fatal(err)
		}
		golden(t, name, out.String())
		var suites junitSuites
		if err := xml.Unmarshal([]byte(out.String()), &suites); err != nil || suites.Failures != 1 || suites.Tests != 1+len(r.Expectations) {
			t.Errorf("%s: got %+v, %v", name, suites.junitCounts, err)
		}
	}
}

func TestWatchingPrintsOneLineForEachRequest(t *testing.T) {
	print, err := watchOutputs.named("json", "verify")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for range 2 {
		if err := print(&out, verifyReport()); err != nil {
			t.Fatal(err)
		}
	}
	const want = `{"request":{"sent":"2026-03-02T07:41:10Z","method":"GET","url":"http://localhost:8080/<a>","status":200,"durationMs":0,` +
		`"traceId":"5b8efff798038103d269b633813fc60c"},"found":false,"waitedMs":0,"spans":[],"expectations":[]}` + "\n"
	if out.String() != want+want {
		t.Errorf("got %s", &out)
	}
}

func TestWatchTakesWhatItCanDo(t *testing.T) {
	if _, stderr, code := glootrace(t, "", "verify", "--watch", "30s", "-o", "junit"); code != exitFailed || !strings.Contains(stderr, "verify prints text or json") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}
