package policy

// SpanName says how spans are named.
type SpanName struct {
	// Inject names the spans of requests that the user has not named.
	Inject bool `json:"inject"`
	// Template is the Inja template of the name.
	Template string `json:"template"`
	// ExistingTransforms says what becomes of lists that the user wrote, to whose
	// items a name would have to be added: Auto, Patch or WarnOnly.
	ExistingTransforms Existing `json:"existingTransforms"`
}

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
	if e := s.ExistingTransforms; e != Auto && e != Patch && e != WarnOnly {
		add("spanName.existingTransforms", "%q is none of %s, %s and %s", e, Auto, Patch, WarnOnly)
	}
}
