package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

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

// noArgs refuses arguments, which are files most of the time.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no arguments; to read a file: %s -f %s", c.CommandPath(), c.CommandPath(), args[0])
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

// read reads all files. What cannot be read is an error that names file and
// line, and hides nothing else.
func (f *files) read() (read []*document.File, manifests []manifest, errs []error) {
	for _, name := range f.names {
		paths, pathErrs := f.expand(name)
		errs = append(errs, pathErrs...)
		for _, path := range paths {
			file, fileErrs := f.parse(path)
			errs = append(errs, fileErrs...)
			if file == nil {
				continue
			}
			read = append(read, file)
			for _, source := range file.Objects() {
				o, err := gloo.Decode(source.JSON())
				if err != nil {
					errs = append(errs, &document.Error{File: path, Line: source.Line(""), Err: err})
					continue
				}
				manifests = append(manifests, manifest{file, source, o.InNamespace(f.namespace)})
			}
		}
	}
	return read, manifests, errs
}

func (f *files) parse(path string) (*document.File, []error) {
	var src []byte
	var err error
	if path == "-" {
		src, err = io.ReadAll(f.stdin)
		path = "stdin"
	} else {
		src, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, []error{fmt.Errorf("reading manifests: %w", err)}
	}
	return document.Parse(path, src)
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
	root := filepath.Clean(name) + string(filepath.Separator)
	_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error { // all errors are noted
		switch {
		case err != nil:
			fail(err)
		case entry.IsDir() && path != root && !f.recursive:
			return filepath.SkipDir
		case !entry.IsDir() && slices.Contains(extensions, filepath.Ext(path)) && !isDir(path):
			paths = append(paths, path)
		}
		return nil
	})
	if len(paths) == 0 && len(errs) == 0 {
		fail(errors.New("no .yaml, .yml or .json file in " + name))
	}
	return paths, errs
}

// isDir is true for a link to a directory too; such a link is not followed.
func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// objectsOf are the objects that others may refer to.
func objectsOf(manifests []manifest) []gloo.Object {
	var objects []gloo.Object
	for _, m := range manifests {
		objects = append(objects, m.object)
	}
	return objects
}
