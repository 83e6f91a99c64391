package build

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
)

// terms are the files in which modules and Go itself say under which terms they may be passed on.
var terms = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents|copyright)([.-].*)?$`)

// thirdParty are the terms of all that is in a program, and of the image's CA certificates: each text once, below all that
// has it.
func thirdParty(ctx context.Context, o Options, env []string, info *debug.BuildInfo) ([]byte, error) {
	standard, err := folders(ctx, o.Source, env, "list", "-f", "the standard library of "+info.GoVersion+"\t{{.Root}}\t{{.Root}}", "runtime")
	if err != nil {
		return nil, err
	}
	modules, err := folders(ctx, o.Source, env, "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.}}\t{{.Dir}}\t{{$.Dir}}{{end}}{{end}}", "./cmd/glootrace")
	if err != nil {
		return nil, err
	}
	roots, err := folders(ctx, filepath.Join(o.Source, ".ci", "image"), env, "list", "-m", "-f", "{{.}} (the image's CA certificates)\t{{.Dir}}\t{{.Dir}}", rootsFrom)
	if err != nil {
		return nil, err
	}
	var texts []string // in the order of who has them first
	whose := map[string]string{}
	for _, f := range slices.Concat(standard, modules, roots) {
		text, err := termsIn(f.dir)
		if err == nil && text == "" && f.below == "" {
			err = fmt.Errorf("no license in %s", f.dir)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		if text == "" {
			continue
		}
		if whose[text] == "" {
			texts = append(texts, text)
		}
		whose[text] += f.name + f.below + "\n"
	}
	var b bytes.Buffer
	b.WriteString("What glootrace is made of beside its own sources, and under which terms.\n")
	for _, text := range texts {
		fmt.Fprintf(&b, "\n%s\n%s\n%s", strings.Repeat("=", 80), whose[text], text)
	}
	return b.Bytes(), nil
}

// folder is where the sources of a module are, or a folder below with a package that the program has: what a module has from
// somebody else lies there, with terms of its own.
type folder struct{ name, below, dir string }

// folders are what the go command lists, a line each: a module's name, its folder, and that of a package. They are sorted.
func folders(ctx context.Context, dir string, env []string, args ...string) (all []folder, err error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = env
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, said.Bytes())
	}
	for line := range strings.Lines(string(out)) {
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(columns) != 3 {
			continue // a package of no other module
		}
		for root, dir := columns[1], columns[2]; len(dir) >= len(root); dir = filepath.Dir(dir) {
			all = append(all, folder{columns[0], strings.TrimPrefix(dir, root), dir})
		}
	}
	slices.SortFunc(all, func(a, b folder) int { return strings.Compare(a.name+a.below, b.name+b.below) })
	return slices.Compact(all), nil
}

// termsIn is the text of all terms in a folder, empty if there are none.
func termsIn(dir string) (string, error) {
	files, err := os.ReadDir(dir) // sorted
	if err != nil {
		return "", err
	}
	var all strings.Builder
	for _, f := range files {
		if f.IsDir() || !terms.MatchString(f.Name()) || filepath.Ext(f.Name()) == ".go" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&all, "\n%s\n\n%s\n", f.Name(), bytes.TrimSpace(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))))
	}
	return all.String(), nil
}
