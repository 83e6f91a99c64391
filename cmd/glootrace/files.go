package main

import (
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
	"sync"

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
	names, err := c.Flags().GetStringArray("filename")
	nothing := len(names) == 0 && !c.Flags().Changed("explain") || slices.Contains(names, "") // as of a variable that is not set
	if err == nil && nothing {
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

var webAddress = regexp.MustCompile(`^https?://`)

// manifest is one object of a file, as written and as seen by the engine.
type manifest struct {
	file   *document.File
	source *document.Object
	object gloo.Object
}

// reading is what the reading of files needs of the command that reads them.
type reading struct {
	ctx     context.Context
	command string
	stdin   io.Reader
	tell    func(note string)
}

// read reads all files, each once. What cannot be read is an error that names
// file and line, and hides nothing else. Interrupted, it leaves out what it has
// not come to.
func (f *files) read(c *cobra.Command) (read []*document.File, manifests []manifest, errs []error) {
	var telling sync.Mutex
	r := reading{contextOf(c), c.CommandPath(), c.InOrStdin(), func(note string) {
		telling.Lock()
		defer telling.Unlock()
		c.PrintErrln(note)
	}}
	var paths []string
	seen, named := map[string]bool{}, map[string]bool{}
	for _, name := range f.names {
		if webAddress.MatchString(name) {
			errs = append(errs, fmt.Errorf("reading manifests: %s is a URL, and files are read: curl -fsSL '%s' | %s -f -", name, name, r.command))
			continue
		}
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
	workqueue.ParallelizeUntil(r.ctx, runtime.GOMAXPROCS(0), len(paths), func(i int) {
		is := &results[i]
		if is.file, is.errs = r.parse(paths[i], named[paths[i]]); is.file == nil {
			return
		}
		for _, source := range is.file.Objects() {
			o, err := gloo.Decode(source.JSON())
			if err != nil {
				is.errs = append(is.errs, &document.Error{File: is.file.Name, Line: source.Line(""), Err: err})
				continue
			}
			is.manifests = append(is.manifests, manifest{is.file, source, o.InNamespace(f.namespace)})
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
