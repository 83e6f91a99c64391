package datapath

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/glootrace/glootrace/test/cache"
	"github.com/glootrace/glootrace/test/debian"
	"github.com/glootrace/glootrace/test/port"
)

const (
	// ZipkinVersion is the Zipkin that is run.
	ZipkinVersion = "3.6.1"
	zipkinSHA256  = "d8326e0ed4f43855dba81228f688554706e52578a7c782d9a90b73f8680654a1"
	// mavenCopy is the goal that fetches one file, of a version that Maven 3 and Java 8 and later run.
	mavenCopy = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
)

// ZipkinJar is Zipkin as one jar. It comes through mvn, so that a mirror in Maven's settings is honoured.
func ZipkinJar(ctx context.Context, progress io.Writer) (string, error) {
	jar := "zipkin-server-" + ZipkinVersion + "-exec.jar"
	what := "Zipkin " + ZipkinVersion + " from Maven"
	dir, err := cache.Dir(ctx, "zipkin-"+ZipkinVersion, what, progress, func(ctx context.Context, dir string) error {
		if err := debian.Install(ctx, progress, "mvn", "maven"); err != nil {
			return err
		}
		err := runTool(exec.CommandContext(ctx, "mvn", "--batch-mode", "--quiet", mavenCopy,
			"-Dartifact=io.zipkin:zipkin-server:"+ZipkinVersion+":jar:exec", "-DoutputDirectory="+dir))
		if err != nil {
			return err
		}
		return checkSHA256(filepath.Join(dir, jar), zipkinSHA256)
	})
	return filepath.Join(dir, jar), err
}

func checkSHA256(file, want string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		return fmt.Errorf("%s has SHA-256 %s, not %s", filepath.Base(file), got, want)
	}
	return nil
}

// Zipkin is a running Zipkin that keeps spans in memory.
type Zipkin struct {
	*process
	// Address is where it takes and shows spans: host and port.
	Address string
}

// StartZipkin starts Zipkin and waits until it takes spans.
func StartZipkin(ctx context.Context) (*Zipkin, error) {
	jar, err := ZipkinJar(ctx, os.Stderr)
	if err != nil {
		return nil, err
	}
	if err := debian.Install(ctx, os.Stderr, "java", "default-jre-headless"); err != nil {
		return nil, err
	}
	free, err := port.Free("127.0.0.1", 1)
	if err != nil {
		return nil, err
	}
	address := free[0]
	port, err := portOf(address)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("java", "-Xms256m", "-Xmx256m", "-XX:+ExitOnOutOfMemoryError", "-jar", jar,
		"--armeria.ports[0].ip=127.0.0.1", "--armeria.ports[0].port="+strconv.Itoa(port), "--armeria.ports[0].protocols[0]=http")
	// As many spans as fit into that heap; with the default of 500,000 it runs out of it.
	cmd.Env = append(os.Environ(), "STORAGE_TYPE=mem", "MEM_MAX_SPANS=50000")
	p, err := start(ctx, "zipkin", cmd)
	if err != nil {
		return nil, err
	}
	z := &Zipkin{process: p, Address: address}
	return z, z.ready(ctx, func(ctx context.Context) error {
		_, err := get(ctx, "http://"+address+"/health")
		return err
	})
}

// Span is a span as Zipkin shows it. Zipkin writes names of spans and services in lower case.
type Span struct {
	TraceID       string `json:"traceId"`
	ID            string `json:"id"`
	ParentID      string `json:"parentId"`
	Name          string `json:"name"`
	Kind          string `json:"kind"`
	LocalEndpoint struct {
		ServiceName string `json:"serviceName"`
	} `json:"localEndpoint"`
	Tags map[string]string `json:"tags"`
}

// Trace is the spans of one trace, none if Zipkin does not have it (yet).
func (z *Zipkin) Trace(ctx context.Context, id string) ([]Span, error) {
	var spans []Span
	err := z.query(ctx, "/api/v2/trace/"+id, nil, &spans)
	if status := new(statusError); errors.As(err, &status) && status.code == http.StatusNotFound {
		return nil, nil
	}
	return spans, err
}

// Traces are all traces of a service.
func (z *Zipkin) Traces(ctx context.Context, service string) ([][]Span, error) {
	var traces [][]Span
	err := z.query(ctx, "/api/v2/traces", url.Values{"serviceName": {service}, "limit": {"50000"}}, &traces)
	return traces, err
}

func (z *Zipkin) query(ctx context.Context, path string, parameters url.Values, answer any) error {
	u := url.URL{Scheme: "http", Host: z.Address, Path: path, RawQuery: parameters.Encode()}
	data, err := get(ctx, u.String())
	if err != nil {
		return fmt.Errorf("ask Zipkin: %w", err)
	}
	if err := json.Unmarshal(data, answer); err != nil {
		return fmt.Errorf("answer of Zipkin: %w", err)
	}
	return nil
}
