package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/glootrace/glootrace/.ci/image/build"
)

// versions are where the sources say which version they are of.
var versions = []struct {
	file string
	line *regexp.Regexp
}{
	{"charts/glootrace/Chart.yaml", regexp.MustCompile(`(?m)^version: (\S+)$`)},
	{"CHANGELOG.md", regexp.MustCompile(`(?m)^## (\S+)`)},
}

// ready takes revision and date from Git, and refuses sources that are not those of the version: changed since the commit,
// of another commit than the version's tag, or with another version in them. Those of 1.2.3 are v1.2.3-rc.1's too.
func (r *release) ready(ctx context.Context) (err error) {
	if r.Revision, r.Created, err = build.Commit(ctx, r.Source); err != nil {
		return fmt.Errorf("a release is made of a commit: %w", err)
	}
	if strings.HasSuffix(r.Revision, "-dirty") {
		return errors.New("the sources are not those of their commit, as git status says: commit or take back what is changed")
	}
	tagged, err := build.Git(ctx, r.Source, "for-each-ref", "--format=%(objectname) %(*objectname)", "refs/tags/"+r.Version)
	if err != nil {
		return err
	}
	if tagged != "" && !strings.Contains(tagged, r.Revision) {
		return fmt.Errorf("the tag %s is not of this commit, %s: check it out, or take another VERSION", r.Version, r.Revision)
	}
	core, _, _ := strings.Cut(r.number(), "-")
	for _, v := range versions {
		text, err := os.ReadFile(filepath.Join(r.Source, v.file))
		if err != nil {
			return err
		}
		m := v.line.FindSubmatch(text)
		if m == nil {
			return fmt.Errorf("%s says no version", v.file)
		}
		if has := string(m[1]); has != r.number() && has != core {
			return fmt.Errorf("%s is of version %s, not %s: change it first", v.file, has, r.number())
		}
	}
	return nil
}
