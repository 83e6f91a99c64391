package agent

import (
	"fmt"
	"strings"
	"testing"

	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/internal/testcase"
)

// The API server takes 256 KiB of annotations, names and values together.
func TestPodWithoutRoomForAnnotationsIsLeftAlone(t *testing.T) {
	const full = 256 << 10
	for length, want := range map[int]gloo.NoAgent{100: "", full - annotationsRoom - 1: "", full - annotationsRoom: gloo.NoAnnotation, full - 1: gloo.NoAnnotation} {
		pod := testcase.Decode(t, fmt.Sprintf("{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {gloo: gateway-proxy}, annotations: {a: %q}}, spec: {}}", strings.Repeat("x", length)))
		proxy, _ := pod.Proxy()
		if got, path := Refused(proxy, policy.Default().Agent, refs.Reader{}); got != want || got != "" && path.String() != "metadata.annotations" {
			t.Errorf("%d bytes: got %q at %s, want %q", length, got, path, want)
		}
	}
}
