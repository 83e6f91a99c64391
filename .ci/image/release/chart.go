package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/chart/v2/util"
)

// chart packages the Helm chart, whose version and appVersion are the release's, as `helm package` does; but all files
// have the release's date.
func (r release) chart() error {
	c, err := loader.LoadDir(filepath.Join(r.Source, "charts", "glootrace"))
	if err != nil {
		return fmt.Errorf("chart: %w", err)
	}
	c.Metadata.Version, c.Metadata.AppVersion = r.number(), r.number()
	c.ModTime, c.SchemaModTime = r.Created, r.Created
	for _, f := range slices.Concat(c.Raw, c.Templates, c.Files) {
		f.ModTime = r.Created
	}
	file, err := util.Save(c, r.out)
	if err != nil {
		return fmt.Errorf("chart: %w", err)
	}
	// Whatever the umask; and `helm push` tells a registry the file's date.
	return errors.Join(os.Chmod(file, 0o644), os.Chtimes(file, r.Created, r.Created))
}
