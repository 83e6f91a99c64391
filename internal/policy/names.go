package policy

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/distribution/reference"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/glootrace/glootrace/internal/gloo"
)

// wrongImage says what is wrong with the name of an image, or nothing. The
// kubelet reads it with the same library, and starts no container without one.
func wrongImage(image string) string {
	if image == "" {
		return "is empty"
	}
	if _, err := reference.ParseNormalizedNamed(image); err != nil {
		return fmt.Sprintf("%q is no image such as %s (%v)", image, defaultAgent().Image, err)
	}
	return ""
}

// wrongRef says what is wrong with a reference to an object, or nothing.
func wrongRef(ref gloo.Ref) string {
	if ref.Name == "" || ref.Namespace == "" {
		return "namespace and name are both needed"
	}
	if why := wrongNamespace(ref.Namespace); why != "" {
		return why
	}
	if len(validation.IsDNS1123Subdomain(ref.Name)) > 0 {
		return fmt.Sprintf("%q is no name of an object, which has a-z, 0-9, - and . only", ref.Name)
	}
	return ""
}

// wrongNamespace says what is wrong with the name of a namespace, or nothing.
func wrongNamespace(name string) string {
	if len(validation.IsDNS1123Label(name)) > 0 {
		return fmt.Sprintf("%q is no name of a namespace, which has a-z, 0-9 and - only, 63 at most", name)
	}
	return ""
}

// hostPort is a name that a resolver takes, which is more than Kubernetes would, or an address, and a port.
var hostPort = regexp.MustCompile(`^([A-Za-z0-9_]([-A-Za-z0-9_.]*[A-Za-z0-9_.])?|\[[0-9a-fA-F:.]+\])` +
	`:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$`)

// maxEndpoint is the longest name that DNS has, a colon and a port.
const maxEndpoint = 253 + len(":65535")

// wrongEndpoint says what is wrong with where agents find a collector, or nothing.
func wrongEndpoint(endpoint string) string {
	if endpoint == "" {
		return "is empty: agents would send spans nowhere"
	}
	if scheme, rest, ok := strings.Cut(endpoint, "://"); ok {
		return fmt.Sprintf("%q begins with %s://, which agents do not take: write %s", endpoint, scheme, rest)
	}
	if !hostPort.MatchString(endpoint) || len(endpoint) > maxEndpoint {
		return fmt.Sprintf("%q is not host:port, such as %s", endpoint, Default().Collector.Endpoint)
	}
	return ""
}
