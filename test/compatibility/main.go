// Command compatibility notes in docs/compatibility.md that tests have passed on a version of Kubernetes. Its arguments say
// which tests, one of the columns of the table there, and which version, by default the one that tests run on.
package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/glootrace/glootrace/test/env"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch len(args) {
	case 1:
		version, err := env.KubernetesVersion()
		if err != nil {
			return err
		}
		return note(args[0], version)
	case 2:
		return note(args[0], args[1])
	}
	return errors.New("usage: compatibility TESTS [VERSION]")
}

func note(tests, version string) error {
	if !semver.IsValid(version) {
		return fmt.Errorf("version %q: want one such as v1.36.3", version)
	}
	path, err := env.SourceDir("..", "docs", "compatibility.md")
	if err != nil {
		return err
	}
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	noted, err := passed(string(page), tests, version)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if noted == string(page) {
		return nil
	}
	return os.WriteFile(path, []byte(noted), 0o644)
}

// passed is the page with the cell of the version's row and the tests' column set. The table is the one whose first
// column is Kubernetes; newer versions come first.
func passed(page, tests, version string) (string, error) {
	lines := strings.Split(page, "\n")
	head := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "| Kubernetes |") })
	if head < 0 {
		return "", fmt.Errorf("no table of Kubernetes versions")
	}
	column := slices.Index(cells(lines[head]), tests)
	if column < 0 {
		return "", fmt.Errorf("no column %q", tests)
	}
	at := head + 2
	for at < len(lines) && strings.HasPrefix(lines[at], "|") && semver.Compare(cells(lines[at])[0], version) > 0 {
		at++
	}
	if at == len(lines) || !strings.HasPrefix(lines[at], "| "+version+" |") {
		row := make([]string, len(cells(lines[head])))
		row[0] = version
		lines = slices.Insert(lines, at, "| "+strings.Join(row, " | ")+" |")
	}
	row := cells(lines[at])
	row[column] = "pass"
	lines[at] = "| " + strings.Join(row, " | ") + " |"
	return strings.Join(lines, "\n"), nil
}

// cells are those of a row of a table.
func cells(row string) []string {
	all := strings.Split(strings.Trim(row, "|"), "|")
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}
