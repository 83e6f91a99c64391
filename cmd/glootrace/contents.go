package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"time"

	"github.com/glootrace/glootrace/internal/document"
)

// maxSize is how much of a file is read, in bytes. A cluster's whole
// configuration is less, and a device has no end.
const maxSize = 256 << 20

// stdinName is what standard input is called.
const stdinName = "stdin"

// patience is how long a file is read without a word.
var patience = 5 * time.Second

// parse reads one file. Where it was asked for by name, it must hold something:
// what should have written it may have failed.
func (r reading) parse(path string, byName bool) (*document.File, []error) {
	name := path
	if path == "-" {
		name = stdinName
	}
	src, err := r.contents(path, name)
	if err == nil && len(src) > maxSize {
		err = fmt.Errorf("%s holds more than %d MiB", name, maxSize>>20)
	}
	if err != nil {
		return nil, []error{fmt.Errorf("reading manifests: %w", err)}
	}
	if byName && len(bytes.TrimSpace(bytes.TrimPrefix(src, []byte("\xef\xbb\xbf")))) == 0 {
		if path == "-" {
			return nil, []error{errors.New("reading manifests: standard input is empty: did the command before it fail?")}
		}
		return nil, []error{fmt.Errorf("reading manifests: %w", &fs.PathError{Op: "read", Path: name, Err: errors.New("the file is empty")})}
	}
	parsed, errs := document.Parse(name, src)
	if what := foreign(src, path, r.command); len(errs) > 0 && what != "" { // one error says it, not one for each document
		errs = []error{&document.Error{File: name, Line: 1, Err: errors.New(what)}}
	}
	return parsed, errs
}

// contents is what a file holds. A pipe or a terminal may never come to an end: r tells of it, and it ends with the context.
func (r reading) contents(path, name string) ([]byte, error) {
	type result struct {
		src []byte
		err error
	}
	done := make(chan result, 1)
	go func() {
		in := r.stdin
		if path != "-" {
			file, err := os.Open(path) // which waits for somebody to write, if it is a pipe
			if err != nil {
				done <- result{err: err}
				return
			}
			defer file.Close()
			in = file
		}
		src, err := io.ReadAll(io.LimitReader(in, maxSize+1))
		done <- result{src, err}
	}()
	long := time.NewTimer(patience)
	defer long.Stop()
	for {
		select {
		case is := <-done:
			return is.src, is.err
		case <-long.C:
			r.tell("note: waiting for the end of " + name)
		case <-r.ctx.Done():
			return nil, fmt.Errorf("%s: %w", name, context.Cause(r.ctx))
		}
	}
}

// helmTemplate is what stands in nearly each template of a chart, and not in Inja's in Gloo's objects.
var helmTemplate = regexp.MustCompile(`\{\{-?\s*(/\*|\$|(if|else|end|with|range|define|include|template|tpl|toYaml|nindent)\b)|\{\{[^}\n]*[ (]\.(Values|Release|Chart|Capabilities|Files|Template)\b`)

// foreign says what a file is that is no YAML, and how what is in it can be read; empty if it may be meant to be YAML.
func foreign(src []byte, path, command string) string {
	switch {
	case helmTemplate.Match(src):
		return "a template of Helm's, no YAML: what it renders can be read: helm template CHART | " + command + " -f -"
	case bytes.HasPrefix(src, []byte("\x1f\x8b")):
		return "compressed; what is in it can be read: gzip -dc " + path + " | " + command + " -f -"
	case bytes.HasPrefix(src, []byte("\xff\xfe")), bytes.HasPrefix(src, []byte("\xfe\xff")):
		return "UTF-16, where YAML has to be UTF-8: iconv -f UTF-16 -t UTF-8 " + path + " | " + command + " -f -"
	case bytes.IndexByte(src, 0) >= 0:
		return "a binary file, no YAML or JSON"
	default:
		return ""
	}
}
