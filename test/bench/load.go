package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
)

// workers is how many reviews are under way at once.
const workers = 4

// newClient talks to a webhook as an API server does: over TLS and HTTP/1.1, on connections that are kept.
func newClient() *http.Client {
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}}, // of this host, made for this run
		MaxIdleConnsPerHost: workers,
	}}
}

// post sends one review and reads the answer.
func post(ctx context.Context, c *http.Client, url string, review []byte, answer *bytes.Buffer) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(review))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json, */*")
	response, err := c.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer.Reset()
	if _, err := io.Copy(answer, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	return nil
}

// try sends a case's review once and checks that the answer is the one that the case is about.
func try(ctx context.Context, c *http.Client, s server, path string, check func(*admissionv1.AdmissionResponse) error, review []byte) error {
	var answer bytes.Buffer
	if err := post(ctx, c, "https://"+s.address+path, review, &answer); err != nil {
		return err
	}
	var read admissionv1.AdmissionReview
	if err := json.Unmarshal(answer.Bytes(), &read); err != nil || read.Response == nil {
		return fmt.Errorf("no answer: %w: %s", err, answer.String())
	}
	if !read.Response.Allowed {
		return fmt.Errorf("refused: %v", read.Response.Result)
	}
	return check(read.Response)
}

// load sends a review n times and returns how long each took.
func load(ctx context.Context, c *http.Client, url string, review []byte, n int) ([]time.Duration, error) {
	took := make([]time.Duration, n)
	errs := make([]error, workers)
	var next atomic.Int64
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			var answer bytes.Buffer
			for {
				i := int(next.Add(1)) - 1
				if i >= n || errs[w] != nil {
					return
				}
				start := time.Now()
				errs[w] = post(ctx, c, url, review, &answer)
				took[i] = time.Since(start)
			}
		})
	}
	group.Wait()
	return took, errors.Join(errs...)
}
