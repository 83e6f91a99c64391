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

func (f *files) addFlags(c *cobra.Command) {
	c.Flags().StringArrayVarP(&f.names, "filename", "f", nil, "file or directory to read, - for standard input; can be repeated")
	c.Flags().BoolVarP(&f.recursive, "recursive", "R", false, "read directories with all that is below them")
	c.Flags().StringVarP(&f.namespace, "namespace", "n", "default", "namespace of objects that name none")
	_ = c.MarkFlagRequired("filename") // fails only for a flag that does not exist
	_ = c.MarkFlagFilename("filename", "yaml", "yml", "json")
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
		paths, err := f.expand(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
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

// expand lists the files that a name stands for, sorted.
func (f *files) expand(name string) ([]string, error) {
	if name == "-" {
		return []string{name}, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("reading manifests: %w", err)
	}
	if !info.IsDir() {
		return []string{name}, nil
	}
	var paths []string
	err = filepath.WalkDir(name, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != name && !f.recursive:
			return filepath.SkipDir
		case !entry.IsDir() && slices.Contains(extensions, filepath.Ext(path)):
			paths = append(paths, path)
		}
		return nil
	})
	if err == nil && len(paths) == 0 {
		err = errors.New("no .yaml, .yml or .json file in " + name)
	}
	if err != nil {
		return nil, fmt.Errorf("reading manifests: %w", err)
	}
	return paths, nil
}

// objectsOf are the objects that others may refer to.
func objectsOf(manifests []manifest) []gloo.Object {
	var objects []gloo.Object
	for _, m := range manifests {
		objects = append(objects, m.object)
	}
	return objects
}
