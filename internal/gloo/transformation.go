package gloo

import (
	"iter"
	"slices"
)

// Transformations are the transformations of one block of options, in both
// notations of Gloo's API.
type Transformations struct {
	// Staged is stagedTransformations, Deprecated is transformations. Each may not exist.
	Staged, Deprecated Value
}

// Exist tells whether anything is written, be it an empty map: a route's then
// replace its virtual host's, all stages of them.
func (t Transformations) Exist() bool { return t.Staged.Exists() || t.Deprecated.Exists() }

// Inherit tells whether a route runs its parent's entries too, after its own.
func (t Transformations) Inherit() bool {
	on, _ := t.Staged.Child("inheritTransformation").Bool()
	return on
}

// The stages, in the order in which a request passes them.
const (
	Early       = "early"
	Regular     = "regular"
	PostRouting = "postRouting"
)

// DeprecatedIgnored tells whether the deprecated block has no effect: it is the
// regular stage only while stagedTransformations.regular is unset.
// Source: convertTransformation in projects/gloo/pkg/plugins/transformation of solo-io/gloo.
func (t Transformations) DeprecatedIgnored() bool {
	return t.Deprecated.Exists() && t.Staged.Child(Regular).Exists()
}

// Stages are the stages that something is written for, the deprecated block
// among them whether it counts or not.
func (t Transformations) Stages() []Stage {
	var stages []Stage
	for _, name := range []string{Early, Regular, PostRouting} {
		if s := t.Staged.Child(name); s.Exists() {
			stages = append(stages, Stage{Value: s, Name: name})
		}
	}
	if t.Deprecated.Exists() {
		stages = append(stages, Stage{Value: t.Deprecated, Name: Regular, Deprecated: true})
	}
	return stages
}

// SpanTransformers are those of the requests' transformations, of the stages that count.
func (t Transformations) SpanTransformers() []Value {
	var all []Value
	for _, s := range t.Stages() {
		if s.Deprecated && t.DeprecatedIgnored() {
			continue
		}
		for _, e := range s.Requests() {
			if v := e.Request().Template().SpanTransformer(); v.Exists() {
				all = append(all, v)
			}
		}
	}
	return all
}

// Name tells whether the span is named for some requests at least.
func (t Transformations) Name() bool { return len(t.SpanTransformers()) > 0 }

// CanName tells whether a name could be given to some requests at least: not
// if each of them runs an entry that cannot carry one.
func (t Transformations) CanName() bool {
	r := t.Regular()
	for _, e := range r.Requests() {
		if e.Carries() != CannotCarry {
			return true
		}
	}
	return r.CatchAll() < 0
}

// Regular is the regular stage as it counts: that of stagedTransformations, or
// else the deprecated block; a stage that does not exist if neither is written.
func (t Transformations) Regular() Stage {
	if s := t.Staged.Child(Regular); s.Exists() || !t.Deprecated.Exists() {
		return Stage{Value: s, Name: Regular}
	}
	return Stage{Value: t.Deprecated, Name: Regular, Deprecated: true}
}

// Early is the stage before the regular one; it may not exist.
func (t Transformations) Early() Stage { return Stage{Value: t.Staged.Child(Early), Name: Early} }

// Stage is one stage of transformations. Of its entries at most one runs for a
// request: the first that matches.
type Stage struct {
	Value
	// Name is Early, Regular or PostRouting.
	Name string
	// Deprecated marks the options' transformations block, which is one entry without matcher.
	Deprecated bool
}

// Requests are the entries that are chosen by the request, in their order.
func (s Stage) Requests() iter.Seq2[int, Entry] {
	if s.Deprecated {
		return slices.All([]Entry{{Value: s.Value}})
	}
	return entriesOf(s.Child("requestTransforms"), false)
}

// RequestList is the list that Requests come from; the deprecated block has none.
func (s Stage) RequestList() Value { return s.Child("requestTransforms") }

// Responses are the entries that are chosen by the response, in their order.
// They are asked only if the request's entry has no response transformation.
func (s Stage) Responses() iter.Seq2[int, Entry] {
	if s.Deprecated {
		return slices.All([]Entry(nil))
	}
	return entriesOf(s.Child("responseTransforms"), true)
}

// entriesOf are not held all at once: there may be hundreds of thousands.
func entriesOf(list Value, byResponse bool) iter.Seq2[int, Entry] {
	return func(yield func(int, Entry) bool) {
		i := 0
		for v := range list.All() {
			if !yield(i, Entry{v, byResponse}) {
				return
			}
			i++
		}
	}
}

// Named tells whether an entry of the stage names the span.
func (s Stage) Named() bool {
	for _, e := range s.Requests() {
		if e.Request().Template().SpanTransformer().Exists() {
			return true
		}
	}
	return false
}

// CatchAll is the place of the first entry that runs for whatever request comes
// to it; those behind it never run. It is -1 if there is none.
func (s Stage) CatchAll() int {
	for i, e := range s.Requests() {
		if e.MatchesAll() {
			return i
		}
	}
	return -1
}

// Entry is one entry of a stage: a matcher, and what is done to a request and
// its response.
type Entry struct {
	Value
	// ByResponse marks an entry that is chosen by the response.
	ByResponse bool
}

// Matcher is the entry's matcher of requests; it may not exist.
func (e Entry) Matcher() Matcher { return Matcher{e.Child("matcher"), true} }

// MatchesAll tells whether the entry surely runs for any request.
func (e Entry) MatchesAll() bool { return e.Matcher().MatchesAll() }

// MatchesAllResponses tells whether an entry that is chosen by the response
// runs for any.
func (e Entry) MatchesAllResponses() bool {
	return len(e.Child("matchers").Items()) == 0 && e.Child("responseCodeDetails").Text() == ""
}

// Request is what is done to the request; it may not exist.
func (e Entry) Request() Transform { return Transform{Value: e.Child("requestTransformation")} }

// Response is what is done to the response; it may not exist.
func (e Entry) Response() Transform {
	return Transform{Value: e.Child("responseTransformation"), OnResponse: true, ByResponse: e.ByResponse}
}

// Carries says whether a span name can be given to an entry by an addition that
// changes nothing else about any request.
func (e Entry) Carries() Carrying {
	t := e.Request()
	switch {
	case !t.Exists():
		return WithoutRequest
	case t.Type() != TemplateType:
		return CannotCarry
	case t.Template().SpanTransformer().Exists():
		return Named
	default:
		return Unnamed
	}
}

// Carrying is what an entry's request transformation means for the span's name.
type Carrying int

const (
	// CannotCarry: not a template; one beside it would be dropped or win.
	CannotCarry Carrying = iota
	// Named: a template with a spanTransformer, whatever it says.
	Named
	// Unnamed: a template without spanTransformer, which can have one.
	Unnamed
	// WithoutRequest: nothing is done to requests yet; a template can be added.
	WithoutRequest
)

// Transform is what one entry does to a request or a response.
type Transform struct {
	Value
	// OnResponse marks one that is done to the response.
	OnResponse bool
	// ByResponse marks one whose entry is chosen by the response, too.
	ByResponse bool
}

// The types of a transformation, by field. They are one oneof.
const (
	TemplateType   = "transformationTemplate"
	HeaderBodyType = "headerBodyTransform"
	XSLTType       = "xsltTransformation"
)

// Types are the types that are written, in the order of Gloo's API: the last counts.
func (t Transform) Types() []Value {
	var types []Value
	for _, name := range []string{TemplateType, HeaderBodyType, XSLTType} {
		if v := t.Child(name); v.Exists() {
			types = append(types, v)
		}
	}
	return types
}

// Type is the field of the type that counts, empty if none is written.
func (t Transform) Type() string {
	types := t.Types()
	if len(types) == 0 {
		return ""
	}
	return types[len(types)-1].Path.Name()
}

// Template is the transformation's template; it does not exist in one of another type.
func (t Transform) Template() Template {
	return Template{Value: t.Child(TemplateType), OnResponse: t.OnResponse, ByResponse: t.ByResponse}
}

// Typeless tells whether no type is written, nor any field that could be a type
// of another edition of Gloo.
func (t Transform) Typeless() bool {
	typeless := t.IsMap()
	t.Fields(func(name string, field Value) {
		typeless = typeless && (!field.Exists() || name == "logRequestResponseInfo")
	})
	return typeless
}
