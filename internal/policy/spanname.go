package policy

// SpanName says how spans are named.
type SpanName struct {
	// Inject names the spans of requests that the user has not named.
	Inject bool `json:"inject"`
	// Strategy is ByTemplate or ByRoute.
	Strategy Strategy `json:"strategy"`
	// Template is the Inja template of the name; with ByRoute, of those that no
	// route gives a name.
	Template string `json:"template"`
	// ExistingTransforms says what becomes of lists that the user wrote, to whose
	// items a name would have to be added: Auto, Patch or WarnOnly.
	ExistingTransforms Existing `json:"existingTransforms"`
}

// Strategy says where names come from.
type Strategy string

const (
	// ByTemplate gives each span the name that the template renders.
	ByTemplate Strategy = "template"
	// ByRoute gives it a name made of its route's matcher, such as GET /api/pets.
	ByRoute Strategy = "route"
)

// Existing says what is done about lists that a user wrote.
type Existing string

const (
	// Auto patches them, but not in objects that Argo CD tracks: its diff ignores
	// keys that are added to a map, and takes a list with one added for drift.
	Auto Existing = "auto"
	// Patch patches them everywhere.
	Patch Existing = "patch"
	// WarnOnly patches none, and says what to write instead.
	WarnOnly Existing = "warn"
)

func (s SpanName) wrong(add func(field, format string, args ...any)) {
	if why := wrongTemplate(s.Template); why != "" {
		add("spanName.template", "%s", why)
	}
	if y := s.Strategy; y != ByTemplate && y != ByRoute {
		add("spanName.strategy", "%q is neither %s nor %s", y, ByTemplate, ByRoute)
	}
	if e := s.ExistingTransforms; e != Auto && e != Patch && e != WarnOnly {
		add("spanName.existingTransforms", "%q is none of %s, %s and %s", e, Auto, Patch, WarnOnly)
	}
}
