package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"sort"
	"strconv"

	"go.yaml.in/yaml/v3"
)

var (
	whatWhere = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?(.*)`)
	indented  = regexp.MustCompile(`^[ \t-]*\t`)
)

// mistake is what the parser says of a text, and the number of the line that it
// gives, 0 for none.
type mistake struct {
	what string
	line int
}

func parse(text []byte) (doc *yaml.Node, wrong *mistake) {
	defer func() {
		// The parser panics at some of its own mistakes, and a webhook or a
		// build must not die from a strange file.
		if p := recover(); p != nil {
			doc, wrong = nil, &mistake{what: fmt.Sprintf("the YAML parser failed: %v", p)}
		}
	}()
	d := yaml.NewDecoder(bytes.NewReader(text))
	doc = &yaml.Node{}
	err := d.Decode(doc)
	if err == nil {
		if err = d.Decode(&yaml.Node{}); errors.Is(err, io.EOF) {
			return doc, nil
		}
	}
	if err == nil {
		err = errors.New("there is a second document")
	}
	m := whatWhere.FindStringSubmatch(err.Error())
	n, _ := strconv.Atoi(m[1])
	return nil, &mistake{m[2], n}
}

// place is the number of the line with the mistake. The parser gives one too few
// for what it notices only after it has read the words; of a mapping or list with
// a mistake in it, it gives where that begins.
func (m *mistake) place(text []byte) int {
	switch m.what {
	case "did not find expected key", "did not find expected '-' indicator":
		// The first line without which the text before it is not wrong in this way.
		table := lineTable(text)
		return 1 + sort.Search(len(table)-1, func(i int) bool {
			_, wrong := parse(text[:table[i+1].offset])
			return wrong != nil && wrong.what == m.what
		})
	case "did not find expected ',' or ']'", "did not find expected ',' or '}'":
		// With a line before it, the text does not begin in line 0, which the parser takes for none.
		if _, wrong := parse(slices.Concat([]byte("#\n"), bytes.TrimPrefix(text, bom))); wrong != nil && wrong.what == m.what {
			return wrong.line
		}
	case "did not find expected node content", "did not find expected <document start>":
		end := bytes.TrimRight(text, " \t\r\n")
		return min(m.line+1, len(lineTable(end))-1) // the end of the text is behind what is missing there
	}
	return m.line
}

// tab is the number of the line whose indentation has a tab, if that is the mistake. The parser says it in two ways, in
// one of them of the line before.
func (m *mistake) tab(text []byte) (line int, is bool) {
	table := lineTable(text)
	from, to := m.line, m.line
	switch m.what {
	case "found a tab character that violates indentation":
		to = len(table)
	case "found character that cannot start any token":
	default:
		return 0, false
	}
	for line := max(from, 1); line <= min(to, len(table)); line++ {
		if indented.Match(text[table[line-1].offset:]) {
			return line, true
		}
	}
	return 0, false
}
