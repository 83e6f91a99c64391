package datapath

import (
	"strings"
	"testing"
)

func TestStatusOfSpans(t *testing.T) {
	t.Parallel()
	const unset, failed = "", "STATUS_CODE_ERROR"
	for mode, want := range map[string]map[string]string{
		"strict4xx": {"/": unset, "/moved": unset, "/missing": failed, "/broken": failed, "/nobody": failed},
		"semconv":   {"/": unset, "/moved": unset, "/missing": unset, "/broken": failed, "/nobody": failed},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			values := map[string]any{"collector": map[string]any{"statusCodes": mode}}
			// With a span of the upstream request too: a refused connection shows there.
			gateway := strings.Replace(gatewayNamed("status-"+mode), "tracing:", "tracing:\n          spawnUpstreamSpan: true", 1)
			p := startPath(t, values, upstreams, gateway)
			traces := map[string]string{}
			for url := range want {
				traces[url] = p.send(t, url)
			}
			for url, trace := range traces {
				for _, span := range spansOf(t, trace) {
					if got := span.Tags["otel.status_code"]; got != want[url] {
						t.Errorf("%s: status of the %s span is %q, not %q: %v", url, span.Kind, got, want[url], span.Tags)
					}
				}
			}
		})
	}
}
