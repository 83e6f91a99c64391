package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/glootrace/glootrace/internal/added"
	"github.com/glootrace/glootrace/internal/document"
)

func uninjectCommand() *cobra.Command {
	var in files
	var output string
	c := &cobra.Command{
		Use:   "uninject -f FILE",
		Short: "Take out of the objects in files what glootrace has added to them",
		Long: `Print the documents as they were before glootrace added to them. Each object records
what was added to it, in the annotation glootrace.dev/added; all else stays byte for
byte. An addition that was edited since stays too, and so does its part of the record;
standard error says so, each time, until either of them is removed by hand.

Exits with 0, or with 2 if something could not be read or taken out; the rest is
printed all the same.`,
		Example: `  # What has glootrace added?
  glootrace uninject -f gateway.yaml -o diff

  # Back to what was written by hand
  kubectl get virtualservices.gateway.solo.io -A -o yaml | glootrace uninject -f -`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			print, err := injectOutputs.named(output, c.Name())
			if err != nil {
				return err
			}
			read, manifests, errs := in.read(c)
			edits := editsOf(read)
			for begin, end := 0, 0; begin < len(manifests); begin = end {
				for end = begin; end < len(manifests) && manifests[end].file == manifests[begin].file; end++ {
				}
				errs = append(errs, uninject(manifests[begin:end], func(note string) { c.PrintErrln(note) })...)
			}
			return finish(c, errs, func() error { return print(c.OutOrStdout(), edits) })
		},
	}
	in.addFlags(c)
	_ = c.MarkFlagRequired("filename") // fails only for a flag that does not exist
	injectOutputs.addFlag(c, &output)
	return c
}

// uninject takes out of the manifests of a file what was added, and tells what it
// leaves in.
func uninject(manifests []manifest, tell func(note string)) (errs []error) {
	var objects []*document.Object
	var removals [][]document.Removal
	var of []manifest
	for _, m := range manifests {
		out, err := additions(m, tell)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", m.object, err))
		case len(out) > 0:
			objects, removals, of = append(objects, m.source), append(removals, out), append(of, m)
		}
	}
	for i, err := range manifests[0].file.RemoveAll(objects, removals) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", of[i].object, err))
		}
	}
	return errs
}

// additions are what was added to a manifest and can be taken out. It tells what can not.
func additions(m manifest, tell func(note string)) (removals []document.Removal, err error) {
	text, recorded := m.object.Annotations()[added.Annotation]
	if !recorded {
		return nil, nil
	}
	say := func(pointer, what string) {
		tell(fmt.Sprintf("%s:%d: %s: %s", m.file.Name, m.source.Line(pointer), m.object, what))
	}
	record, err := added.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s:%d: left as it is: %w", m.file.Name, m.source.Line(added.Pointer), err)
	}
	object, err := added.Object(m.source.JSON())
	if err != nil {
		return nil, err
	}
	steps, rest := record.TakeOut(object)
	for _, s := range steps {
		removals = append(removals, document.Removal{Pointer: s.Pointer, Void: s.Void})
	}
	places := rest.Places()
	for _, pointer := range places {
		say(pointer, pointer+" was added by glootrace, as the record has it, and was edited since, or can not be told from what is beside it: left as it is. "+
			"Remove it by hand, or the annotation "+added.Annotation+" to keep it")
	}
	if now := rest.String(); len(places) > 0 && now != text {
		removals = append(removals, document.Removal{Pointer: added.Pointer, Text: &now})
	}
	return removals, nil
}
