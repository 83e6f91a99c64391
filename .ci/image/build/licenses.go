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
	var paths []string
	for _, m := range info.Deps {
		paths = append(paths, m.Path)
	}
	modules, err := folders(ctx, o.Source, env, append([]string{"list", "-m", "-f", "{{.}}\t{{.Dir}}"}, paths...)...)
	if err != nil {
		return nil, err
	}
	roots, err := folders(ctx, filepath.Join(o.Source, ".ci", "image"), env, "list", "-m", "-f", "{{.}} (the image's CA certificates)\t{{.Dir}}", rootsFrom)
	if err != nil {
		return nil, err
	}
	standard, err := folders(ctx, o.Source, env, "list", "-f", "the standard library of "+info.GoVersion+"\t{{.Root}}", "runtime")
	if err != nil {
		return nil, err
	}
	var texts []string // in the order of who has them first
	whose := map[string]string{}
	for _, m := range slices.Concat(standard, modules, roots) {
		text, err := termsIn(m.dir)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		if whose[text] == "" {
			texts = append(texts, text)
		}
		whose[text] += m.name + "\n"
	}
	var b bytes.Buffer
	b.WriteString("What glootrace is made of beside its own sources, and under which terms.\n")
	for _, text := range texts {
		fmt.Fprintf(&b, "\n%s\n%s\n%s", strings.Repeat("=", 80), whose[text], text)
	}
	return b.Bytes(), nil
}

// folder is where the sources of a module are.
type folder struct{ name, dir string }

// folders are what the go command lists, a line each: a name, a tab and a folder.
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
		name, dir, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		all = append(all, folder{name, dir})
	}
	return all, nil
}

// termsIn is the text of all terms in a folder.
func termsIn(dir string) (string, error) {
	files, err := os.ReadDir(dir) // sorted
	if err != nil {
		return "", err
	}
	var all strings.Builder
	for _, f := range files {
		if f.IsDir() || !terms.MatchString(f.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&all, "\n%s\n\n%s\n", f.Name(), bytes.TrimSpace(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))))
	}
	if all.Len() == 0 {
		return "", fmt.Errorf("no license in %s", dir)
	}
	return all.String(), nil
}
