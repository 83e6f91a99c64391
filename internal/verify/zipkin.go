package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// zipkin is a Zipkin by its base URL.
type zipkin struct {
	url string
	asker
}

// check fails unless a Zipkin answers. Asking for a trace would not tell: every
// web server answers 404 to that.
func (z zipkin) check(ctx context.Context) error {
	address := below(z.url, "/api/v2/services")
	body, err := z.mustGet(ctx, address)
	if err != nil {
		return fmt.Errorf("asking Zipkin: %w; is --zipkin-url right, and a forwarded port still open?", err)
	}
	var services []string
	if err := json.Unmarshal(body, &services); err != nil {
		return fmt.Errorf("this is not Zipkin: GET %s: %w; give Zipkin's base URL as --zipkin-url", address, err)
	}
	return nil
}

// trace is what Zipkin has of a trace, which may be nothing yet.
func (z zipkin) trace(ctx context.Context, id string) ([]Span, error) {
	address := below(z.url, "/api/v2/trace/"+id)
	status, body, err := z.get(ctx, address)
	switch {
	case err != nil:
		return nil, fmt.Errorf("asking Zipkin for the trace: %w", err)
	case status == http.StatusNotFound:
		return nil, nil
	case status != http.StatusOK:
		return nil, fmt.Errorf("asking Zipkin for the trace: GET %s: answered %d; Zipkin's log says why", address, status)
	}
	spans, err := parseSpans(body)
	if err != nil {
		return nil, fmt.Errorf("asking Zipkin for the trace: GET %s: %w", address, err)
	}
	return spans, nil
}

func parseSpans(body []byte) ([]Span, error) {
	var sent []struct {
		ID            string                       `json:"id"`
		ParentID      string                       `json:"parentId"`
		Name          string                       `json:"name"`
		Kind          string                       `json:"kind"`
		Timestamp     int64                        `json:"timestamp"`
		Duration      int64                        `json:"duration"`
		LocalEndpoint struct{ ServiceName string } `json:"localEndpoint"`
		Tags          map[string]string            `json:"tags"`
	}
	if err := json.Unmarshal(body, &sent); err != nil {
		return nil, fmt.Errorf("not a trace: %w", err)
	}
	spans := make([]Span, len(sent))
	for i, s := range sent {
		spans[i] = Span{
			ID: s.ID, ParentID: s.ParentID,
			Name: s.Name, Service: s.LocalEndpoint.ServiceName, Kind: s.Kind, Status: statusOf(s.Tags),
			Timestamp: s.Timestamp, Duration: Millis(time.Duration(s.Duration) * time.Microsecond),
		}
	}
	return spans, nil
}

// statusOf reads a span's status from its tags. The collector's Zipkin exporter
// writes ERROR or STATUS_CODE_ERROR, by version; Envoy itself tags error where a
// connection was refused and leaves the status unset.
func statusOf(tags map[string]string) string {
	if _, tagged := tags["error"]; tagged || strings.HasSuffix(tags["otel.status_code"], "ERROR") {
		return Failed
	}
	return Unset
}
