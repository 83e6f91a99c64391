package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// asker sends requests. It follows no redirect: the answer of who was asked is what counts.
type asker struct{ *http.Client }

func (o Options) asker() asker {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if o.Dial != nil {
		transport.Proxy, transport.DialContext = nil, o.Dial
		transport.DisableKeepAlives = true // each connection goes as soon as it has served
	}
	return asker{&http.Client{
		Transport:     transport,
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// bodyLimit bounds what is read of an answer. An Envoy with thousands of routes
// has a configuration of tens of megabytes.
const bodyLimit = 64 << 20

// get returns status and body of a GET. Its errors name the URL.
func (a asker) get(ctx context.Context, address string) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, nil, err
	}
	resp, err := a.Do(req)
	if err != nil {
		return 0, nil, fmt.Errorf("GET %s: %w", address, cause(err))
	}
	defer resp.Body.Close()
	body, err := readAll(resp.Body)
	if err != nil {
		return 0, nil, fmt.Errorf("GET %s: %w", address, cause(err))
	}
	return resp.StatusCode, body, nil
}

// mustGet is get for where only 200 is an answer.
func (a asker) mustGet(ctx context.Context, address string) ([]byte, error) {
	status, body, err := a.get(ctx, address)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("GET %s: answered %d", address, status)
	}
	return body, err
}

func readAll(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, bodyLimit+1))
	if err == nil && len(body) > bodyLimit {
		err = fmt.Errorf("the answer is longer than %d MiB", bodyLimit>>20)
	}
	return body, err
}

// cause is what went wrong, without method and URL, which our errors have.
func cause(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// below is a URL below a base URL, which may have a path of its own.
func below(base, path string) string { return strings.TrimSuffix(base, "/") + path }

func validURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return cause(err)
	case (u.Scheme != "http" && u.Scheme != "https") || u.Host == "":
		return errors.New("it must be a URL like http://localhost:8080")
	default:
		return nil
	}
}
