package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/glootrace/glootrace/test/browser"
)

const (
	tracePicture = "docs/images/trace.png"
	// traceTitle is the page's title: the trace's service and its span's name.
	traceTitle = "gateway-proxy: my-host"
	// traceHeight cuts the page below the trace's only span.
	traceHeight = 368
	mostBytes   = 150 << 10 // for a page that loads at once
)

// takeTrace waits until Zipkin's page shows the trace, and keeps its picture.
func takeTrace(ctx context.Context, url string) error {
	fmt.Fprintln(os.Stderr, "opening "+url)
	var page browser.Page
	err := wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, time.Minute, true, func(ctx context.Context) (shown bool, err error) {
		page, err = browser.Open(ctx, url)
		return strings.Contains(page.DOM, ">"+traceTitle+"<"), err
	})
	if err != nil {
		return fmt.Errorf("wait until the page shows %q: %w", traceTitle, err)
	}
	picture, err := top(page.PNG, traceHeight)
	if err != nil {
		return err
	}
	if len(picture) > mostBytes {
		return fmt.Errorf("the picture has %d bytes, more than %d", len(picture), mostBytes)
	}
	if err := os.MkdirAll(filepath.Dir(tracePicture), 0o755); err != nil {
		return fmt.Errorf("keep the picture: %w", err)
	}
	if err := os.WriteFile(tracePicture, picture, 0o644); err != nil {
		return fmt.Errorf("keep the picture: %w", err)
	}
	fmt.Fprintf(os.Stderr, "%s: %d bytes\n", tracePicture, len(picture))
	return nil
}

// top is the top of a picture in PNG, some pixels high.
func top(data []byte, height int) ([]byte, error) {
	whole, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	part := image.NewRGBA(image.Rect(0, 0, whole.Bounds().Dx(), height))
	draw.Draw(part, part.Bounds(), whole, whole.Bounds().Min, draw.Src)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, part); err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	return out.Bytes(), nil
}
