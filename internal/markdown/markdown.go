// Package markdown reads what tests hold documentation to: the links, anchors
// and code blocks of its pages.
package markdown

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// Page is a Markdown file.
type Page struct {
	Name    string   // its path below the root, with slashes
	Links   []string // of links and images, as written
	Anchors []string // of its headings, as GitHub makes them
	Spans   []string // of code within text
	Blocks  []Block
}

// Block is a fenced block of code.
type Block struct {
	Language string // the first word behind the fence; empty if there is none
	Text     string
	Line     int // of its first line
}

// Pages are README.md, CHANGELOG.md and what is below docs, of the tree at root.
func Pages(root string) (pages []Page, err error) {
	names := []string{"README.md", "CHANGELOG.md"}
	err = fs.WalkDir(os.DirFS(root), "docs", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".md") {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		pages = append(pages, Parse(name, source))
	}
	return pages, nil
}

// Parse reads a page.
func Parse(name string, source []byte) Page {
	page := Page{Name: name}
	taken := map[string]int{}
	root := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // fails only if the function does
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			page.Links = append(page.Links, string(n.Destination))
		case *ast.Image:
			page.Links = append(page.Links, string(n.Destination))
		case *ast.Heading:
			page.Anchors = append(page.Anchors, anchor(content(n, source), taken))
		case *ast.CodeSpan:
			page.Spans = append(page.Spans, strings.ReplaceAll(content(n, source), "\n", " "))
		case *ast.FencedCodeBlock:
			lines := n.Lines()
			b := Block{Language: string(n.Language(source)), Text: string(lines.Value(source))}
			if lines.Len() > 0 {
				b.Line = bytes.Count(source[:lines.At(0).Start], []byte("\n")) + 1
			}
			page.Blocks = append(page.Blocks, b)
		}
		return ast.WalkContinue, nil
	})
	return page
}

// content is the text of a node, without what marks it up.
func content(n ast.Node, source []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, is := c.(*ast.Text); is {
			b.Write(t.Segment.Value(source))
		}
		b.WriteString(content(c, source))
	}
	return b.String()
}

var noAnchor = regexp.MustCompile(`[^\p{L}\p{N}\- _]`)

// anchor is what GitHub calls a heading in links: in lower case, without punctuation, numbered if it is there already.
func anchor(heading string, taken map[string]int) string {
	a := strings.ReplaceAll(noAnchor.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
	n := taken[a]
	taken[a]++
	if n > 0 {
		return a + "-" + strconv.Itoa(n)
	}
	return a
}
