package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/client-go/util/workqueue"

	"github.com/glootrace/glootrace/internal/document"
	"github.com/glootrace/glootrace/internal/gloo"
)

// files are the flags of a command that reads manifests, and what it read.
type files struct {
	names     []string
	recursive bool
	namespace string
	stdin     io.Reader
}

// noArgs refuses arguments, which are files most of the time, and a command that reads files without any.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 && c.HasSubCommands() {
		return unknownCommand(c, args[0])
	}
	if len(args) > 0 && c.Flags().Lookup("filename") == nil {
		return fmt.Errorf("%s takes no argument %s; %s", c.CommandPath(), args[0], c.CommandPath()+helpSays)
	}
	if len(args) > 0 {
		return fmt.Errorf("%s takes no arguments; to read a file: %s -f %s", c.CommandPath(), c.CommandPath(), args[0])
	}
	if f := c.Flags().Lookup("filename"); f != nil && !f.Changed && !c.Flags().Changed("explain") {
		return fmt.Errorf("nothing to read: %s -f FILE, or -f - for standard input", c.CommandPath())
	}
	return nil
}

func (f *files) addFlags(c *cobra.Command) {
	c.Flags().StringArrayVarP(&f.names, "filename", "f", nil, "file or directory to read, - for standard input; can be repeated")
	c.Flags().BoolVarP(&f.recursive, "recursive", "R", false, "read directories with all that is below them")
	c.Flags().StringVarP(&f.namespace, "namespace", "n", "default", "namespace of objects that name none")
	_ = c.MarkFlagFilename("filename", "yaml", "yml", "json") // fails only for a flag that does not exist
}

// manifest is one object of a file, as written and as seen by the engine.
type manifest struct {
	file   *document.File
	source *document.Object
	object gloo.Object
}

// read reads all files, each once. What cannot be read is an error that names
// file and line, and hides nothing else.
func (f *files) read() (read []*document.File, manifests []manifest, errs []error) {
	var paths []string
	seen, named := map[string]bool{}, map[string]bool{}
	for _, name := range f.names {
		if name = filepath.Clean(name); seen[name] {
			continue
		}
		seen[name] = true
		more, pathErrs := f.expand(name)
		errs = append(errs, pathErrs...)
		for _, path := range more {
			named[path] = named[path] || path == name
			if path == name || !seen[path] {
				seen[path] = true
				paths = append(paths, path)
			}
		}
	}
	type result struct {
		file      *document.File
		manifests []manifest
		errs      []error
	}
	results := make([]result, len(paths))
	workqueue.ParallelizeUntil(context.Background(), runtime.GOMAXPROCS(0), len(paths), func(i int) {
		r := &results[i]
		if r.file, r.errs = f.parse(paths[i], named[paths[i]]); r.file == nil {
			return
		}
		for _, source := range r.file.Objects() {
			o, err := gloo.Decode(source.JSON())
			if err != nil {
				r.errs = append(r.errs, &document.Error{File: r.file.Name, Line: source.Line(""), Err: err})
				continue
			}
			r.manifests = append(r.manifests, manifest{r.file, source, o.InNamespace(f.namespace)})
		}
	})
	for _, r := range results {
		if r.file != nil {
			read = append(read, r.file)
		}
		manifests = append(manifests, r.manifests...)
		errs = append(errs, r.errs...)
	}
	return read, manifests, errs
}

// maxSize is how much of a file is read, in bytes. A cluster's whole
// configuration is less, and a device has no end.
const maxSize = 256 << 20

// parse reads one file. Where it was asked for by name, it must hold something:
// what should have written it may have failed.
func (f *files) parse(path string, byName bool) (*document.File, []error) {
	in, name := f.stdin, "stdin"
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, []error{fmt.Errorf("reading manifests: %w", err)}
		}
		defer file.Close()
		in, name = file, path
	}
	src, err := io.ReadAll(io.LimitReader(in, maxSize+1))
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
	if len(errs) > 0 && helmTemplate.Match(src) { // one error says it, not one for each document
		errs = []error{&document.Error{File: name, Line: 1, Err: errors.New("a template of Helm's, no YAML: what it renders can be read: helm template CHART | glootrace lint -f -")}}
	}
	return parsed, errs
}

// helmTemplate is what stands in nearly each template of a chart, and not in Inja's in Gloo's objects.
var helmTemplate = regexp.MustCompile(`\{\{-? *(/\*|if |else|end\b|with |range |define |include |toYaml|\.Values|\.Release|\$)`)

var extensions = []string{".json", ".yaml", ".yml"}

// expand lists the files that a name stands for, sorted, and what of it cannot
// be looked into.
func (f *files) expand(name string) (paths []string, errs []error) {
	fail := func(err error) { errs = append(errs, fmt.Errorf("reading manifests: %w", err)) }
	if name == "-" {
		return []string{name}, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		fail(err)
		return nil, errs
	}
	if !info.IsDir() {
		return []string{name}, nil
	}
	// With a separator behind it, a link to a directory is followed.
	root := name + string(filepath.Separator)
	_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error { // all errors are noted
		switch {
		case err != nil:
			fail(err)
		case entry.IsDir() && path != root && !f.recursive:
			return filepath.SkipDir
		case !entry.IsDir() && slices.Contains(extensions, filepath.Ext(path)):
			switch info, err := os.Stat(path); {
			case err != nil:
				fail(err)
			case info.Mode().IsRegular(): // not a link to a directory, nor a pipe that nobody writes to
				paths = append(paths, path)
			}
		}
		return nil
	})
	if len(paths) == 0 && len(errs) == 0 {
		if deeper := manifestBelow(root); deeper != "" {
			fail(fmt.Errorf("no .yaml, .yml or .json file in %s itself; -R reads those below it too, such as %s", name, deeper))
		} else {
			fail(errors.New("no .yaml, .yml or .json file in " + name))
		}
	}
	return paths, errs
}

// manifestBelow is the first file at any depth that could hold manifests, empty if there is none.
func manifestBelow(root string) (found string) {
	_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error { // what cannot be looked into is passed over
		if err == nil && entry.Type().IsRegular() && slices.Contains(extensions, filepath.Ext(path)) {
			found = path
			return filepath.SkipAll
		}
		return nil
	})
	return found
}

// objectsOf are the objects that others may refer to.
func objectsOf(manifests []manifest) []gloo.Object {
	var objects []gloo.Object
	for _, m := range manifests {
		objects = append(objects, m.object)
	}
	return objects
}
