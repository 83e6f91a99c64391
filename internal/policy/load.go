package policy

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kjson "sigs.k8s.io/json"

	"github.com/glootrace/glootrace/internal/document"
	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

// MaxSize is more than a ConfigMap can hold, in bytes.
const MaxSize = 2 << 20

// Load reads the Policy file at path, which may be a pipe; the Default if path is empty.
func Load(path string) (Policy, error) {
	if path == "" {
		return Default(), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return Policy{}, fmt.Errorf("reading the policy: %w", err)
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return Policy{}, fmt.Errorf("reading the policy: %w", err)
	}
	if len(src) > MaxSize {
		return Policy{}, fmt.Errorf("reading the policy: %s is larger than %d bytes, which no Policy is", path, MaxSize)
	}
	return Parse(path, src)
}

// Hash tells two Policy files apart. It is a number that a metric's value can be.
func Hash(src []byte) float64 {
	sum := sha256.Sum256(src)
	return float64(binary.BigEndian.Uint32(sum[:]))
}

// Parse reads a Policy from YAML or JSON over the Default, or the one in a
// ConfigMap, as the chart renders it. It is strict: an unknown field, a value of
// another type and a value that makes no sense are errors that name file and line.
func Parse(name string, src []byte) (Policy, error) {
	file, errs := document.Parse(name, src)
	if len(errs) > 0 {
		return Policy{}, errors.Join(errs...)
	}
	if place, text, ok := inConfigMap(file); ok {
		return Parse(name+": "+place, []byte(text))
	}
	if n := len(file.Objects()); n != 1 {
		return Policy{}, fmt.Errorf("%s: expected one Policy (apiVersion: %s, kind: %s), found %d objects", name, APIVersion, Kind, n)
	}
	o := file.Objects()[0]
	p, mistakes := Decode(o.JSON())
	for _, m := range mistakes {
		errs = append(errs, &document.Error{File: name, Line: o.Line(pointer(m.Field)), Err: errors.New(m.Text)})
	}
	if len(errs) > 0 {
		return Policy{}, errors.Join(errs...)
	}
	return p, nil
}

// Mistake is one thing that is wrong with a Policy.
type Mistake struct {
	// Field is the path in dots; empty for the Policy as a whole.
	Field string
	// Text says what is wrong, and names the field.
	Text string
}

// Decode reads a Policy from JSON over the Default, as strictly as Parse. The
// Policy is good only if there is no mistake.
func Decode(raw []byte) (Policy, []Mistake) {
	p := Default()
	unknown, err := kjson.UnmarshalStrict(raw, &p)
	if wrong := new(json.UnmarshalTypeError); errors.As(err, &wrong) {
		mistake := Mistake{wrong.Field, fmt.Sprintf("%s: expected %s, got %s", wrong.Field, wanted(wrong.Type), given(wrong.Value))}
		if rest, ok := without(raw, wrong.Field); ok { // the decoder names only one
			_, others := Decode(rest)
			return Policy{}, append([]Mistake{mistake}, others...)
		}
		return Policy{}, []Mistake{mistake}
	}
	if err != nil {
		if mistakes := badQuantities(raw); len(mistakes) > 0 {
			return Policy{}, mistakes
		}
		return Policy{}, []Mistake{{"", err.Error()}}
	}
	var mistakes []Mistake
	for _, u := range unknown {
		field := u.Error()
		if f, ok := u.(kjson.FieldError); ok {
			field = f.FieldPath()
		}
		mistakes = append(mistakes, Mistake{field, fmt.Sprintf("unknown field %s%s", field, nearest(field))})
	}
	mistakes = append(mistakes, p.wrong()...)
	p.Gloo.parsed, _ = gloo.ParseVersion(p.Gloo.Version) // p.wrong says it if the version does not parse
	return p, mistakes
}

// without is a JSON object without a field, if it can be found.
func without(raw []byte, field string) ([]byte, bool) {
	var object map[string]any
	path := strings.Split(field, ".")
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil, false
	}
	if _, found, err := unstructured.NestedFieldNoCopy(object, path...); !found || err != nil {
		return nil, false
	}
	unstructured.RemoveNestedField(object, path...)
	rest, err := json.Marshal(object)
	return rest, err == nil
}

// wrong lists the values that have the right type and make no sense.
func (p Policy) wrong() []Mistake {
	var ms []Mistake
	add := func(field, format string, args ...any) {
		ms = append(ms, Mistake{field, field + ": " + fmt.Sprintf(format, args...)})
	}
	if p.APIVersion != APIVersion {
		add("apiVersion", "%q is not %s", p.APIVersion, APIVersion)
	}
	if p.Kind != Kind {
		add("kind", "%q is not %s", p.Kind, Kind)
	}
	if why := wrongRef(p.Collector.UpstreamRef); why != "" {
		add("collector.upstreamRef", "%s", why)
	}
	if why := wrongEndpoint(p.Collector.Endpoint); why != "" {
		add("collector.endpoint", "%s", why)
	}
	p.Agent.wrong(add)
	for name, percent := range map[string]*float64{
		"client": p.Gateways.Percentages.Client, "overall": p.Gateways.Percentages.Overall, "random": p.Gateways.Percentages.Random,
	} {
		if percent != nil && (*percent < 0 || *percent > 100) {
			add("gateways.percentages."+name, "%v is outside 0 to 100", *percent)
		}
	}
	const nothing = "traces nothing; to leave gateways alone, set gateways.inject: false"
	switch ps := p.Gateways.Percentages; {
	case ps.Overall != nil && *ps.Overall == 0:
		add("gateways.percentages.overall", "0 "+nothing)
	case ps.OnlyForced() && ps.Client != nil && *ps.Client == 0:
		add("gateways.percentages.random", "0, with 0 for client too, "+nothing)
	}
	for i, namespace := range p.Namespaces {
		if why := wrongNamespace(namespace); why != "" {
			add("namespaces", "item %d: %s", i, why)
		}
	}
	p.SpanName.wrong(add)
	if m := p.Validation.Mode; m != Enforce && m != Warn {
		add("validation.mode", "%q is neither %s nor %s", m, Enforce, Warn)
	}
	if m := p.Audit.Mode; m != AuditReport && m != AuditRepair && m != AuditOff {
		add("audit.mode", "%q is none of %s, %s and %s", m, AuditReport, AuditRepair, AuditOff)
	}
	for _, code := range slices.Sorted(maps.Keys(p.Validation.Rules)) {
		if len(finding.Cases(code)) == 0 {
			add("validation.rules."+code, "there is no such rule; glootrace rules lists them")
		}
		if a := p.Validation.Rules[code]; a != Deny && a != AsWarn && a != Ignored {
			add("validation.rules."+code, "%q is none of %s, %s and %s", a, Deny, AsWarn, Ignored)
		}
	}
	if v, err := gloo.ParseVersion(p.Gloo.Version); err != nil {
		add("gloo.version", "%v", err)
	} else if !v.HasOpenTelemetry() {
		add("gloo.version", "Gloo %s has no OpenTelemetry tracing; 1.13 is the first that has", v)
	}
	slices.SortStableFunc(ms, func(a, b Mistake) int { return strings.Compare(a.Field, b.Field) })
	return ms
}

// wanted says in words what a field takes.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Float64:
		return "a number"
	case reflect.String:
		return "a string (in quotes, if YAML would take it for something else)"
	case reflect.Slice:
		return "a list"
	default:
		return "a map"
	}
}

// given says in words what encoding/json found in a field.
func given(value string) string {
	switch value {
	case "array":
		return "a list"
	case "object":
		return "a map"
	case "bool":
		return "true or false"
	default:
		return "a " + value
	}
}

// nearest suggests the field of the Policy that was meant by an unknown one.
func nearest(field string) string {
	steps := strings.Split(field, ".")
	last := steps[len(steps)-1]
	t := reflect.TypeFor[Policy]()
	for _, step := range steps[:len(steps)-1] {
		f, ok := fieldNamed(t, step)
		if !ok {
			return ""
		}
		t = f.Type
	}
	if t.Kind() != reflect.Struct {
		return ""
	}
	var known []string
	for f := range t.Fields() {
		if name := jsonName(f); name != "" {
			known = append(known, name)
		}
	}
	meant := gloo.Nearest(last, known)
	if meant == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", meant)
}

func fieldNamed(t reflect.Type, name string) (reflect.StructField, bool) {
	if t.Kind() == reflect.Struct {
		for f := range t.Fields() {
			if jsonName(f) == name {
				return f, true
			}
		}
	}
	return reflect.StructField{}, false
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// pointer makes an RFC 6901 pointer of a path in dots; names in a Policy hold neither.
func pointer(path string) string {
	if path == "" {
		return ""
	}
	return "/" + strings.NewReplacer(".", "/", "[", "/", "]", "").Replace(path)
}
