package build

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/common"
	spdx "github.com/spdx/tools-golang/spdx/v2/v2_3"
)

const (
	module    = "github.com/glootrace/glootrace"
	rootsFrom = "golang.org/x/crypto/x509roots/fallback"
	license   = "Apache-2.0"
	unknown   = "NOASSERTION"
)

// Artifact is a file of a release, or an image, that holds a program.
type Artifact struct {
	Program
	Name   string // of the file; of an image, its repository
	SHA256 string // of the file; of an image, its digest
	Image  bool
}

// WriteSBOM writes what is in the artifacts as an SPDX 2.3 document: the programs with all modules that the linker took
// from, as the binaries themselves say, and where the CA certificates come from.
func WriteSBOM(w io.Writer, o Options, name string, artifacts []Artifact) error {
	roots, err := rootsVersion()
	if err != nil {
		return err
	}
	b := bill{listed: map[common.ElementID]bool{}, doc: &spdx.Document{
		SPDXVersion:    spdx.Version,
		DataLicense:    spdx.DataLicense,
		SPDXIdentifier: "DOCUMENT",
		DocumentName:   name,
		CreationInfo: &spdx.CreationInfo{
			Created:  o.Created.Format(time.RFC3339),
			Creators: []common.Creator{{CreatorType: "Tool", Creator: "glootrace-image"}},
		},
	}}
	sums := sha256.New()
	for _, a := range artifacts {
		io.WriteString(sums, a.SHA256) // a hash takes everything
		whole := b.add("DOCUMENT", common.TypeRelationshipDescribe, a.pkg(o))
		if a.Image {
			b.add(whole, common.TypeRelationshipContains, goModule(rootsFrom, roots, "OTHER"))
		}
		program := goModule(module, o.Version, "APPLICATION")
		program.PackageSPDXIdentifier = element("program-" + a.Platform.String())
		program.PackageLicenseDeclared = license
		in := b.add(whole, common.TypeRelationshipContains, program)
		b.add(in, common.TypeRelationshipDependsOn, goModule("stdlib", strings.TrimPrefix(a.Info.GoVersion, "go"), "LIBRARY"))
		for _, m := range a.Info.Deps {
			if m.Replace != nil {
				m = m.Replace
			}
			b.add(in, common.TypeRelationshipDependsOn, goModule(m.Path, m.Version, "LIBRARY"))
		}
	}
	b.doc.DocumentNamespace = fmt.Sprintf("https://glootrace.dev/spdx/%x", sums.Sum(nil)) // the same for the same artifacts
	return json.Write(b.doc, w, json.Indent("  "), json.EscapeHTML(false))
}

// bill is an SPDX document in the making: each package and each relationship stands in it once.
type bill struct {
	doc    *spdx.Document
	listed map[common.ElementID]bool
}

// add lists a package and how it relates to one that is listed, and returns its id.
func (b *bill) add(from common.ElementID, relationship string, p *spdx.Package) common.ElementID {
	id := p.PackageSPDXIdentifier
	if !b.listed[id] {
		b.listed[id] = true
		b.doc.Packages = append(b.doc.Packages, p)
	}
	r := &spdx.Relationship{RefA: common.MakeDocElementID("", string(from)), RefB: common.MakeDocElementID("", string(id)), Relationship: relationship}
	if !slices.ContainsFunc(b.doc.Relationships, func(o *spdx.Relationship) bool { return *o == *r }) {
		b.doc.Relationships = append(b.doc.Relationships, r)
	}
	return id
}

// pkg is the artifact as a package.
func (a Artifact) pkg(o Options) *spdx.Package {
	p := pkg("file-"+a.Name, a.Name, o.Version, "ARCHIVE", "pkg:generic/"+a.Name+"@"+url.QueryEscape(o.Version))
	if a.Image {
		p = pkg("image-"+a.Arch, a.Name, o.Version, "CONTAINER", fmt.Sprintf("pkg:oci/glootrace@%s?arch=%s&repository_url=%s&tag=%s",
			url.QueryEscape("sha256:"+a.SHA256), a.Arch, url.QueryEscape(o.Tag.Repository.Name()), url.QueryEscape(o.Tag.TagStr())))
	}
	p.PackageLicenseDeclared = license
	p.PackageChecksums = []common.Checksum{{Algorithm: common.SHA256, Value: a.SHA256}}
	return p
}

// goModule is a Go module as a package.
func goModule(path, version, purpose string) *spdx.Package {
	purl := "pkg:golang/" + strings.ToLower(path) + "@" + url.QueryEscape(version)
	return pkg("go-"+path, path, version, purpose, purl)
}

// pkg is a package of which nothing but its place in the world is known.
func pkg(id, name, version, purpose, purl string) *spdx.Package {
	return &spdx.Package{
		PackageSPDXIdentifier:   element(id),
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

func element(id string) common.ElementID { return common.ElementID(strings.Map(idRune, id)) }

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
