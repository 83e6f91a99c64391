package datapath

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/glootrace/glootrace/test/browser"
)

func TestTraceIsOnZipkinsPage(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a browser")
	}
	t.Parallel()
	if err := browser.Fetch(t.Context(), t.Output()); err != nil {
		t.Fatal(err)
	}
	const name, service = "my-host", "on-the-page"
	p := startPath(t, nil, upstreams, gatewayNamed(service))
	trace := p.send(t, "/")
	spansOf(t, trace)
	url := "http://" + zipkin.Address + "/zipkin/traces/" + trace
	eventually(t, time.Minute, func(ctx context.Context) error {
		page, err := browser.Open(ctx, url)
		if err != nil {
			return err
		}
		for _, text := range []string{name, service, service + ": " + name} {
			if !strings.Contains(page.DOM, ">"+text+"<") {
				return fmt.Errorf("%s does not show %q", url, text)
			}
		}
		return nil
	})
}
