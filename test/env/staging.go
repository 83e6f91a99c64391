package env

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// published has a control plane's go.mod name only staging modules that can be had: one that can not be had in the
// version of the others is taken in the last one before it, of the same branch, on which there are only fixes. Modules
// that can not be had at all are left as they are: some are samples, of which nothing is built.
func published(ctx context.Context, goMod []byte) ([]byte, error) {
	mod, err := modfile.Parse("go.mod", goMod, nil)
	if err != nil {
		return nil, err
	}
	staging := map[string]string{}
	args := []string{"mod", "download", "-json"}
	for _, r := range mod.Replace {
		staging[r.New.Path] = r.New.Version
		args = append(args, r.New.String())
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = moduleEnv()
	out, err := cmd.Output() // what was not to be had is told there too
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		return nil, err
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var module struct{ Path, Error string }
		if err := d.Decode(&module); err == io.EOF {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go mod download: %w", err)
		}
		if module.Error == "" {
			continue
		}
		version := publishedBefore(ctx, module.Path, staging[module.Path])
		if version == "" {
			continue
		}
		if err := mod.AddReplace(module.Path, "", module.Path, version); err != nil {
			return nil, err
		}
	}
	return mod.Format()
}

// publishedBefore is the last version of a module before one, of the same minor version; empty if none can be had.
func publishedBefore(ctx context.Context, module, version string) string {
	cmd := exec.CommandContext(ctx, "go", "list", "-m", "-versions", "-f", `{{join .Versions "\n"}}`, module)
	cmd.Env = moduleEnv()
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	return lastBefore(strings.Fields(string(out)), version)
}

// lastBefore is the last version before one, of the same minor version; empty if there is none. Versions are sorted.
func lastBefore(versions []string, version string) (last string) {
	for _, v := range versions {
		if semver.MajorMinor(v) == semver.MajorMinor(version) && semver.Prerelease(v) == "" && semver.Compare(v, version) < 0 {
			last = v
		}
	}
	return last
}
