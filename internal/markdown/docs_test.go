package markdown

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

func pages(t *testing.T) map[string]Page {
	t.Helper()
	all, err := Pages(root)
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]Page{}
	for _, p := range all {
		byName[p.Name] = p
	}
	return byName
}

// The project's own address, for links from where relative ones do not work.
const blob = "https://github.com/glootrace/glootrace/blob/main/"

func TestLinksOfTheDocumentationLeadSomewhere(t *testing.T) {
	all := pages(t)
	for _, p := range all {
		for _, link := range p.Links {
			file, fragment, _ := strings.Cut(link, "#")
			switch own, is := strings.CutPrefix(file, blob); {
			case is:
				file = own
			case strings.Contains(file, "://"):
				continue // somebody else's
			case file == "":
				file = p.Name
			default:
				file = path.Join(path.Dir(p.Name), file)
			}
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(file))); err != nil {
				t.Errorf("%s: %s leads nowhere: %v", p.Name, link, err)
			} else if fragment != "" && !slices.Contains(all[file].Anchors, fragment) {
				t.Errorf("%s: %s: %s has no such heading", p.Name, link, file)
			}
		}
	}
}

func TestTheIndexNamesEveryPage(t *testing.T) {
	all := pages(t)
	index := all["docs/README.md"]
	for name := range all {
		if own, in := strings.CutPrefix(name, "docs/"); in && own != "README.md" && !strings.Contains(own, "/") && !slices.Contains(index.Links, own) {
			t.Errorf("docs/README.md does not lead to %s", own)
		}
	}
}

func TestTheMapOfTheCodeNamesEveryPackage(t *testing.T) {
	spans := pages(t)["docs/contributing.md"].Spans
	packages, err := filepath.Glob(root + "/internal/*")
	if err != nil || len(packages) == 0 {
		t.Fatal(packages, err)
	}
	for _, p := range packages {
		if name := filepath.Base(p); !slices.Contains(spans, name) && !slices.Contains(spans, "internal/"+name) {
			t.Errorf("docs/contributing.md does not say what internal/%s is for", name)
		}
	}
}
