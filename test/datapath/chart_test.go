package datapath

import (
	"os"
	"os/exec"
	"testing"
)

func TestCollectorTakesWhatTheChartConfigures(t *testing.T) {
	binary, err := CollectorBinary(t.Context(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	type values = map[string]any
	vendor := values{"vendor-1": values{
		"protocol": "http", "endpoint": "https://otlp.example.com", "headers": values{"x-tenant": `a "$dollar"`},
		"secretHeaders": values{"x.api-key": values{"name": "vendor", "key": "token"}}, "tls": values{"insecure": false},
	}, "other": values{"protocol": "grpc", "endpoint": "otel.example.com:4317"}}
	for name, v := range map[string]values{
		"by default":        nil,
		"semconv":           {"collector": values{"statusCodes": "semconv"}},
		"Zipkin by OTLP":    {"zipkin": values{"protocol": "otlp"}},
		"a Zipkin of yours": {"zipkin": values{"enabled": false, "url": "http://zipkin.example.com:9411/"}},
		"exporters":         {"collector": values{"exporters": vendor}},
		"exporters only":    {"collector": values{"exporters": vendor}, "zipkin": values{"enabled": false}},
		"persistent queue":  {"collector": values{"queue": values{"persistent": values{"enabled": true}}}},
		"tail sampling":     {"collector": values{"tailSampling": values{"enabled": true}}},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), binary, "validate", "--config=env:CONFIG")
			cmd.Env = append(os.Environ(), "POD_IP=127.0.0.1", "HEADER_VENDOR_1_X_API_KEY=secret", "CONFIG="+chartConfig(t, v))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
