package webhook

import (
	"context"
	"slices"
	"strings"
	"testing"

	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	admissionv1 "k8s.io/api/admission/v1"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/glootrace/glootrace/internal/document"
	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/internal/testcase"
)

func TestAnswersAsTheCasesSay(t *testing.T) {
	testcase.Run(t, "../testdata", func(t *testing.T, c testcase.Case) {
		golden, errs := document.Parse(c.Path, c.Golden)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		inputs, admitted := c.Inputs(), c.Inputs()
		for i, o := range c.Objects {
			validating := engine(c.Policy, c.Known(inputs)).Validate(t.Context(), create(o.Object))
			refused, warned := said(validating)
			wantRefused, wantWarned := expected(o.Want, "error"), expected(o.Want, "warning")
			if o.Kind == gloo.Pod { // never refused
				wantRefused, wantWarned = nil, append(wantRefused, wantWarned...)
			}
			if diff := cmp.Diff(wantRefused, refused); diff != "" {
				t.Errorf("%s: refused for (-want +got):\n%s", o, diff)
			}
			if diff := cmp.Diff(wantWarned, warned); diff != "" {
				t.Errorf("%s: warned of (-want +got):\n%s", o, diff)
			}

			if o.Was != nil {
				update := request(admissionv1.Update, o.Object, o.Raw(), o.Was.Raw())
				refused, warned := said(engine(c.Policy, c.Known(inputs)).Validate(t.Context(), update))
				if diff := cmp.Diff(o.Updated, severally(refused, warned)); diff != "" {
					t.Errorf("%s: of its update (-want +got):\n%s", o, diff)
				}
			}
			if o.Deleted != nil {
				refused, warned := said(engine(c.Policy, c.Known(inputs)).Validate(t.Context(), request(admissionv1.Delete, o.Object, nil, o.Raw())))
				if diff := cmp.Diff(o.Deleted, severally(refused, warned)); diff != "" {
					t.Errorf("%s: of its deletion (-want +got):\n%s", o, diff)
				}
			}

			mutating := engine(c.Policy, c.Known(admitted)).Mutate(t.Context(), create(o.Object))
			if _, notes := said(mutating); !slices.Equal(notes, o.Notes) {
				t.Errorf("%s: notes %q, want %q", o, notes, o.Notes)
			}
			raw := patchedRaw(t, o.Raw(), mutating)
			if diff := cmp.Diff(testcase.Generic(t, golden.Objects()[i].JSON()), testcase.Generic(t, raw)); diff != "" {
				t.Errorf("%s: patched (-golden +got):\n%s", o, diff)
			}
			m, err := gloo.Decode(raw)
			if err != nil {
				t.Fatal(err)
			}
			admitted[i] = m
		}
	})
}

// TestNoRuleHoldsUpAnObjectThatIsNoWorseThanBefore goes over all cases with
// every rule set to deny: what is there already stays, and can be changed elsewhere.
func TestNoRuleHoldsUpAnObjectThatIsNoWorseThanBefore(t *testing.T) {
	refusedFor := map[string]bool{}
	testcase.Run(t, "../testdata", func(t *testing.T, c testcase.Case) {
		strict := c.Policy
		strict.Validation.Rules = map[string]policy.Action{}
		for _, code := range finding.Codes() {
			strict.Validation.Rules[code] = policy.Deny
		}
		e := engine(strict, c.Known(c.Inputs()))
		for _, o := range c.Objects {
			if strings.HasPrefix(o.APIVersion, gloo.OwnPrefix) {
				continue // a Policy is a file, and has no metadata
			}
			refused, _ := said(e.Validate(t.Context(), create(o.Object)))
			for _, place := range refused {
				refusedFor[strings.Fields(place)[0]] = true
			}
			touched, err := jsonpatch.MergePatch(o.Raw(), []byte(`{"metadata":{"labels":{"touched":"yes"}}}`))
			if err != nil {
				t.Fatal(err)
			}
			if r := e.Validate(t.Context(), request(admissionv1.Update, o.Object, touched, o.Raw())); !r.Allowed {
				t.Errorf("%s: an update is refused that brings nothing new: %s", o, r.Result.Message)
			}
		}
	})
	for _, code := range finding.Codes() {
		if !refusedFor[code] && !slices.Contains(notOfObjects, code) {
			t.Errorf("nothing was ever refused for %s: the test shows nothing for it", code)
		}
	}
}

// notOfObjects are the rules that have nothing to say of an object as it is
// created, or only of pods, which are never refused, or what mutation leaves alone.
var notOfObjects = []string{"GT007", "GT008", "GT115", "GT116", "GT218", "GT401", "GT402", "GT501", "GT502", "GT503"}

func engine(p policy.Policy, known refs.Reader) Engine {
	return Engine{
		Policy:  func() policy.Policy { return p },
		Known:   func(context.Context) refs.Reader { return known },
		Metrics: NewMetrics(prometheus.NewRegistry()),
	}
}

func create(o gloo.Object) Request { return request(admissionv1.Create, o, o.Raw(), nil) }

func request(op admissionv1.Operation, o gloo.Object, now, before []byte) Request {
	req := Request{UID: "1", Operation: op, Namespace: o.Namespace, Name: o.Name, Kind: o.Kind}
	req.Object, _ = gloo.Parse(now)
	req.OldObject, _ = gloo.Parse(before)
	return req
}

// said are the findings in a response, as "CODE path", by refusal and warning.
func said(r admission.Response) (refused, warned []string) {
	short := func(line string) string {
		place, _, _ := strings.Cut(line, ": ")
		return place
	}
	if !r.Allowed {
		for _, line := range strings.Split(r.Result.Message, "\n")[1:] {
			refused = append(refused, short(line))
		}
	}
	for _, w := range r.Warnings {
		if _, what, ok := strings.Cut(w, ": GT"); ok { // else it is the rest of the one before
			warned = append(warned, "GT"+short(what))
		}
	}
	return refused, warned
}

func expected(want []string, severity string) []string {
	var ws []string
	for _, w := range want {
		if rest, ok := strings.CutPrefix(w, severity+" "); ok {
			ws = append(ws, rest)
		}
	}
	return ws
}

// severally is what was said as a case has it.
func severally(refused, warned []string) []string {
	var all []string
	for _, r := range refused {
		all = append(all, "error "+r)
	}
	for _, w := range warned {
		all = append(all, "warning "+w)
	}
	return all
}

func patchedRaw(t *testing.T, raw []byte, r admission.Response) []byte {
	t.Helper()
	if !r.Allowed {
		t.Fatalf("refused by /mutate: %v", r.Result)
	}
	return testcase.Apply(t, raw, r.Patches)
}
