package gloo

import (
	"fmt"

	"k8s.io/apimachinery/pkg/util/version"
)

// Version is a version of Gloo. The zero value is a version that is not known,
// and counts as the newest.
type Version struct{ v *version.Version }

// ParseVersion reads "1.18.3", "v1.19.0-beta2" or the like; "" is not known.
func ParseVersion(s string) (Version, error) {
	if s == "" {
		return Version{}, nil
	}
	v, err := version.ParseGeneric(s)
	if err != nil {
		return Version{}, fmt.Errorf("%q is not a version of Gloo like 1.18.3", s)
	}
	return Version{v}, nil
}

// String is the version, empty if it is not known.
func (v Version) String() string {
	if v.v == nil {
		return ""
	}
	return v.v.String()
}

func (v Version) before(s string) bool {
	return v.v != nil && v.v.LessThan(version.MustParseGeneric(s))
}

// HasOpenTelemetry: since 1.13.
func (v Version) HasOpenTelemetry() bool { return !v.before("1.13.0") }

// HasSpanTransformer: since 1.18, and backported to 1.17.15 (changelogs of solo-io/gloo).
func (v Version) HasSpanTransformer() bool { return !v.before("1.17.15") }

// RefusesMissingCollector: before 1.19 a collector Upstream that does not exist
// is an error that takes the whole listener; since then the listener is served
// without tracing.
func (v Version) RefusesMissingCollector() bool { return v.before("1.19.0") }
