package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/glootrace/glootrace/internal/gloo"
)

// outputs are the formats in which a command prints a T. The first is the
// default.
type outputs[T any] []struct {
	name  string
	print func(io.Writer, T) error
}

// addFlag adds -o, whose value goes to format, with its completion.
func (os outputs[T]) addFlag(c *cobra.Command, format *string) {
	c.Flags().StringVarP(format, "output", "o", os[0].name, os.String())
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(os.names(), cobra.ShellCompDirectiveNoFileComp)) // fails only for a flag that does not exist
}

// named is what prints the format with a name, for a command.
func (os outputs[T]) named(name, command string) (func(io.Writer, T) error, error) {
	for _, o := range os {
		if o.name == name {
			return o.print, nil
		}
	}
	return nil, fmt.Errorf("-o %s: %s prints %s", name, command, os)
}

func (os outputs[T]) names() []string {
	var names []string
	for _, o := range os {
		names = append(names, o.name)
	}
	return names
}

// String lists the formats in words: "text, json or yaml".
func (os outputs[T]) String() string { return inWords(os.names()) }

// inWords lists one name or more: "a, b or c".
func inWords(names []string) string {
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// withoutAnswer is the end of a command that could not ask: programs get a report that says so, people the error alone.
func withoutAnswer[T any](c *cobra.Command, format string, print func(io.Writer, T) error, report T, err error) error {
	if format == "text" || c.Context().Err() != nil {
		return err
	}
	if failed := print(c.OutOrStdout(), report); failed != nil {
		return errors.Join(err, fmt.Errorf("writing the report: %w", failed))
	}
	return err
}

func printJSON[T any](w io.Writer, v T) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// printJSONLine prints a value in one line, for programs that read one after the other.
func printJSONLine[T any](w io.Writer, v T) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func printYAML[T any](w io.Writer, v T) error {
	b, err := yaml.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

// printError prints an error, which may quote a file's content.
func printError(w io.Writer, err error) {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintf(w, "error: %s\n", gloo.Printable(line))
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
