package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"gomodules.xyz/jsonpatch/v2"

	"github.com/glootrace/glootrace/internal/added"
	"github.com/glootrace/glootrace/internal/document"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
	"github.com/glootrace/glootrace/mutate"
)

func injectCommand() *cobra.Command {
	var in files
	var output string
	var file policyFile
	var complete bool
	c := &cobra.Command{
		Use:   "inject -f FILE",
		Short: "Add tracing to the objects in files, as the webhook would",
		Long: `Print the documents with what the webhook would add to them. Comments, the order of
keys and all that is not added stay byte for byte. What was left alone, and why, goes
to standard error.

Exits with 0, or with 2 if something could not be read or added to; the rest is
printed all the same.`,
		Example: `  # What would the webhook add?
  glootrace inject -f gateway.yaml -o diff

  # Add it on the way to the cluster
  glootrace inject -f deploy/ -R | kubectl apply -f -`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			print, err := injectOutputs.named(output, c.Name())
			if err != nil {
				return err
			}
			pol, err := policy.Load(file.String())
			if err != nil {
				return err
			}
			read, manifests, errs := in.read(c)
			edits := editsOf(read)
			manifests = withoutPatches(read, manifests, c.CommandPath(), func(note string) { c.PrintErrln(note) })
			errs = append(errs, inject(manifests, pol, complete, func(note string) { c.PrintErrln(note) })...)
			return finish(c, errs, func() error { return print(c.OutOrStdout(), edits) })
		},
	}
	in.addFlags(c)
	_ = c.MarkFlagRequired("filename") // fails only for a flag that does not exist
	injectOutputs.addFlag(c, &output)
	file.addFlag(c, "Policy file (default: inject everything)")
	c.Flags().BoolVar(&complete, "complete", false, "the files are the whole configuration: what they refer to and do not hold is missing")
	return c
}

// finish prints errors and then the documents, whatever went wrong with some; nothing if it was interrupted.
func finish(c *cobra.Command, errs []error, print func() error) error {
	if err := context.Cause(c.Context()); err != nil {
		return err
	}
	for _, err := range errs {
		printError(c.ErrOrStderr(), err)
	}
	if err := print(); err != nil {
		return fmt.Errorf("writing the documents: %w", err)
	}
	if len(errs) > 0 {
		return errReported
	}
	return nil
}

// inject adds to the files what the Policy wants, and tells what it leaves alone.
// Upstreams come first, as a Gateway is pointed only at one that works.
func inject(manifests []manifest, pol policy.Policy, complete bool, tell func(note string)) (errs []error) {
	isUpstream := func(m manifest) bool { return m.object.Kind == gloo.Upstream }
	others := slices.Clone(manifests)
	upstreams := slices.DeleteFunc(slices.Clone(manifests), func(m manifest) bool { return !isUpstream(m) })
	others = slices.DeleteFunc(others, isUpstream)

	errs = addTo(upstreams, pol, refs.FromObjects(objectsOf(manifests), complete), tell)
	for i, m := range upstreams {
		if o, err := gloo.Decode(m.source.JSON()); err == nil {
			upstreams[i].object = o.InNamespace(m.object.Namespace)
		}
	}
	known := refs.FromObjects(objectsOf(slices.Concat(upstreams, others)), complete)
	return append(errs, addTo(others, pol, known, tell)...)
}

// addTo adds to manifests, which are in the order of their files.
func addTo(manifests []manifest, pol policy.Policy, known refs.Reader, tell func(note string)) (errs []error) {
	for begin, end := 0, 0; begin < len(manifests); begin = end {
		file := manifests[begin].file
		var additions []document.Addition
		for end = begin; end < len(manifests) && manifests[end].file == file; end++ {
			m := manifests[end]
			if m.object.IsPart() {
				tell(fmt.Sprintf("%s:%d: %s: left as it is: without domains and routes it is taken for a part of an object, such as a patch", file.Name, m.source.Line(""), m.object))
				additions = append(additions, document.Addition{Object: m.source})
				continue
			}
			result := mutate.Object(m.object, pol, known)
			for _, note := range result.Notes {
				tell(fmt.Sprintf("%s:%d: %s: %s", file.Name, m.source.Line(note.Path.Pointer()), m.object, note))
			}
			if word := unreadable(m.object); word != "" {
				path := (*gloo.Path)(nil).Child("metadata", "annotations", policy.Inject).Pointer()
				tell(fmt.Sprintf("%s:%d: %s: %s: %q says nothing to glootrace, and is ignored; write \"true\" or \"false\"", file.Name, m.source.Line(path), m.object, policy.Inject, word))
			}
			if result.Skipped != "" {
				tell(fmt.Sprintf("%s:%d: %s: no otel-agent added: %s (glootrace lint says more)", file.Name, m.source.Line(""), m.object, result.Skipped))
			}
			recordVoids(m.source, result.Patch)
			additions = append(additions, document.Addition{Object: m.source, Operations: result.Patch})
		}
		for i, err := range file.AddAll(additions) {
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", manifests[begin+i].object, err))
			}
		}
	}
	return errs
}

// unreadable is what an object says instead of on or off.
func unreadable(o gloo.Object) string {
	annotations := o.Annotations()
	if proxy, is := o.Proxy(); is {
		annotations = proxy.Annotations()
	} else if !o.IsGloo() {
		return ""
	}
	if _, err := strconv.ParseBool(annotations[policy.Inject]); err != nil {
		return annotations[policy.Inject]
	}
	return ""
}

// recordVoids makes the record in a patch say how each null, {} and [] that is
// replaced is written, so that it can be written like that again.
func recordVoids(source *document.Object, patch []jsonpatch.Operation) {
	for i, op := range patch {
		if strings.HasPrefix(added.Pointer, op.Path) {
			patch[i].Value = rewritten(op.Value, func(record string) string {
				r, err := added.Parse(record)
				if err != nil {
					return record
				}
				for i, e := range r.Entries {
					if e.Void == nil {
						continue
					}
					if text, ok := source.Void(e.Place()); ok {
						r.Entries[i].Void = &text
					}
				}
				return r.String()
			})
		}
	}
}

// rewritten is the value of an operation with the record in it changed.
func rewritten(value any, change func(record string) string) any {
	switch v := value.(type) {
	case string:
		return change(v)
	case map[string]any:
		for name, below := range v {
			if name == "annotations" || name == added.Annotation {
				v[name] = rewritten(below, change)
			}
		}
	}
	return value
}

// edit is a file, and what it was before something was done to it.
type edit struct {
	*document.File
	before []byte
}

// editsOf are files to which nothing was done yet.
func editsOf(read []*document.File) []edit {
	edits := make([]edit, len(read))
	for i, f := range read {
		edits[i] = edit{f, f.Bytes()}
	}
	return edits
}

// injectOutputs print files.
var injectOutputs = outputs[[]edit]{{"yaml", printFiles}, {"diff", printDiffs}}

// printFiles prints the files as one stream of documents.
func printFiles(w io.Writer, edits []edit) error {
	var stream []byte
	for i, e := range edits {
		after := e.Bytes()
		if i > 0 && len(stream) > 0 && stream[len(stream)-1] != '\n' {
			stream = append(stream, '\n')
		}
		if i > 0 {
			after = bytes.TrimPrefix(after, []byte("\xef\xbb\xbf")) // a byte order mark has no place within a stream
			stream = append(stream, separator(after)...)
		}
		stream = append(stream, after...)
	}
	_, err := w.Write(stream)
	return err
}

// separator is what ends the documents before a file, if it does not itself.
func separator(after []byte) string {
	first, _, _ := bytes.Cut(after, []byte("\n"))
	switch word := bytes.Fields(first); {
	case bytes.HasPrefix(first, []byte("%")): // a directive stands before its document's start
		return "...\n"
	case len(word) > 0 && string(word[0]) == "---" && first[0] == '-':
		return ""
	default:
		return "---\n"
	}
}
