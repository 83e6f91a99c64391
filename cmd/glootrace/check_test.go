package main

import (
	"encoding/xml"
	"errors"
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/check"
)

func TestCheckAsJUnit(t *testing.T) {
	var out strings.Builder
	if err := printCheckJUnit(&out, check.Report{Groups: []check.GroupResult{{Name: "certificates", Checks: []check.Result{
		{Name: "certificate-secret", Title: "the Secret can be used", Status: check.OK, Reason: "gloo-system/glootrace-certs"},
		{Name: "ca-bundle", Title: "the bundles verify", Status: check.Fail, Reason: "it is stale\x1b[2J", Fix: "renew <it>", Help: check.Help("ca-bundle")},
		{Name: "certificate-expiry", Title: "nothing expires", Status: check.Warn, Reason: "soon", Fix: "renew it", Help: check.Help("certificate-expiry")},
		{Name: "served-certificate", Title: "replicas serve", Status: check.Unknown, Reason: "forbidden", Fix: "ask for permission", Help: check.Help("served-certificate")},
	}}}}); err != nil {
		t.Fatal(err)
	}
	golden(t, "check.junit", out.String())
	var suites junitSuites
	if err := xml.Unmarshal([]byte(out.String()), &suites); err != nil || suites.junitCounts != (junitCounts{4, 1, 1}) {
		t.Errorf("got %+v, %v", suites.junitCounts, err)
	}
}

func TestWhatFailedCountsMoreThanWhatCouldNotBeAsked(t *testing.T) {
	for summary, want := range map[check.Summary]error{
		{OK: 1, Warn: 1}:             nil,
		{OK: 1, Unknown: 1}:          errReported,
		{OK: 1, Fail: 1}:             errFindings,
		{OK: 1, Fail: 1, Unknown: 2}: errFindings,
	} {
		if got := outcome(summary); !errors.Is(got, want) {
			t.Errorf("%+v: got %v, want %v", summary, got, want)
		}
	}
}
