package main

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"io"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/common"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"
)

const (
	module    = "github.com/glootrace/glootrace"
	rootsFrom = "golang.org/x/crypto/x509roots/fallback"
	unknown   = "NOASSERTION"
)

// writeSBOM writes what is in the image as an SPDX 2.3 document: the binary with all modules that the linker took from,
// as the binary itself says, and where the CA certificates come from.
func writeSBOM(w io.Writer, o Options, info *buildinfo.BuildInfo, digest v1.Hash) error {
	roots, err := rootsVersion()
	if err != nil {
		return err
	}
	image := pkg("image", o.Tag.RepositoryStr(), o.Version, "CONTAINER", fmt.Sprintf("pkg:oci/glootrace@%s?arch=%s&repository_url=%s&tag=%s",
		url.QueryEscape(digest.String()), o.Arch, url.QueryEscape(o.Tag.Repository.Name()), url.QueryEscape(o.Tag.TagStr())))
	image.PackageChecksums = []common.Checksum{{Algorithm: common.SHA256, Value: digest.Hex}}
	program := goModule(module, o.Version, "APPLICATION")
	for _, p := range []*spdx.Package{image, program} {
		p.PackageLicenseDeclared = "Apache-2.0"
	}
	doc := &spdx.Document{
		SPDXVersion:       spdx.Version,
		DataLicense:       spdx.DataLicense,
		SPDXIdentifier:    "DOCUMENT",
		DocumentName:      "glootrace-" + o.Version + "-linux-" + o.Arch,
		DocumentNamespace: "https://glootrace.dev/spdx/" + digest.Hex, // one for each image, and the same for the same one
		CreationInfo: &spdx.CreationInfo{
			Created:  o.Created.Format(time.RFC3339),
			Creators: []common.Creator{{CreatorType: "Tool", Creator: "glootrace-image"}},
		},
	}
	add := func(p *spdx.Package, from, relationship string) {
		doc.Packages = append(doc.Packages, p)
		doc.Relationships = append(doc.Relationships, &spdx.Relationship{
			RefA: common.MakeDocElementID("", from), RefB: common.MakeDocElementID("", string(p.PackageSPDXIdentifier)), Relationship: relationship,
		})
	}
	add(image, "DOCUMENT", common.TypeRelationshipDescribe)
	add(program, "image", common.TypeRelationshipContains)
	add(goModule(rootsFrom, roots, "OTHER"), "image", common.TypeRelationshipContains)
	add(goModule("stdlib", strings.TrimPrefix(info.GoVersion, "go"), "LIBRARY"), string(program.PackageSPDXIdentifier), common.TypeRelationshipDependsOn)
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		add(goModule(m.Path, m.Version, "LIBRARY"), string(program.PackageSPDXIdentifier), common.TypeRelationshipDependsOn)
	}
	return json.Write(doc, w, json.Indent("  "), json.EscapeHTML(false))
}

// goModule is a Go module as a package.
func goModule(path, version, purpose string) *spdx.Package {
	purl := "pkg:golang/" + strings.ToLower(path) + "@" + url.QueryEscape(version)
	return pkg("go-"+path, path, version, purpose, purl)
}

// pkg is a package of which nothing but its place in the world is known.
func pkg(id, name, version, purpose, purl string) *spdx.Package {
	return &spdx.Package{
		PackageSPDXIdentifier:   common.ElementID(strings.Map(idRune, id)),
		PackageName:             name,
		PackageVersion:          version,
		PackageDownloadLocation: unknown,
		PackageLicenseConcluded: unknown,
		PackageLicenseDeclared:  unknown,
		PackageCopyrightText:    unknown,
		PrimaryPackagePurpose:   purpose,
		PackageExternalReferences: []*spdx.PackageExternalReference{{
			Category: common.CategoryPackageManager, RefType: common.TypePackageManagerPURL, Locator: purl,
		}},
	}
}

// idRune keeps what SPDX takes in an identifier.
func idRune(r rune) rune {
	if r == '.' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
		return r
	}
	return '-'
}

// rootsVersion is the version of the module that brings the CA certificates, which this program has linked in.
func rootsVersion() (string, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", errors.New("no build information: build this program with the go command")
	}
	i := slices.IndexFunc(info.Deps, func(m *debug.Module) bool { return m.Path == rootsFrom })
	if i < 0 {
		return "", fmt.Errorf("the build information does not list %s", rootsFrom)
	}
	return info.Deps[i].Version, nil
}
