package main

import (
	"bytes"
	"debug/buildinfo"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdxlib"
)

const (
	module    = "github.com/glootrace/glootrace"
	rootsFrom = "golang.org/x/crypto/x509roots/fallback"
)

func TestSBOMIsValidAndListsAllModulesOfTheBinary(t *testing.T) {
	archive, sbom := built(t)
	doc, err := json.Read(bytes.NewReader(read(t, sbom)))
	if err != nil {
		t.Fatal(err)
	}
	if err := spdxlib.ValidateDocument(doc); err != nil {
		t.Error(err)
	}
	digest, err := ociImage(t, archive).Digest()
	if err != nil {
		t.Fatal(err)
	}
	ids, modules := map[common.ElementID]bool{}, map[string]string{}
	for _, p := range doc.Packages {
		if ids[p.PackageSPDXIdentifier] {
			t.Errorf("%s is there twice", p.PackageSPDXIdentifier)
		}
		ids[p.PackageSPDXIdentifier] = true
		modules[p.PackageName] = p.PackageVersion
		if len(p.PackageExternalReferences) != 1 || !strings.HasPrefix(p.PackageExternalReferences[0].Locator, "pkg:") {
			t.Errorf("%s has no package URL", p.PackageName)
		}
	}
	described, err := spdxlib.GetDescribedPackageIDs(doc)
	if err != nil || !slices.Equal(described, []common.ElementID{common.ElementID("image-" + runtime.GOARCH)}) {
		t.Errorf("the document describes %s, %v", described, err)
	}
	if sums := doc.Packages[0].PackageChecksums; len(sums) != 1 || sums[0].Value != digest.Hex {
		t.Errorf("the document is about the image %v, not %s", sums, digest)
	}

	info, err := buildinfo.ReadFile(program(t, archive))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"team/glootrace": "v1.2.3-test", module: "v1.2.3-test", "stdlib": strings.TrimPrefix(info.GoVersion, "go"), rootsFrom: modules[rootsFrom],
	}
	for _, m := range info.Deps {
		want[m.Path] = m.Version
	}
	for name, version := range want {
		if modules[name] != version || version == "" {
			t.Errorf("%s is listed with version %q, want %q", name, modules[name], version)
		}
	}
	if len(modules) != len(want) {
		t.Errorf("%d packages are listed, want %d", len(modules), len(want))
	}
}
