package chart

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// value is a value that a user may set, as values.yaml has it.
type value struct {
	path    string // with dots
	about   string // its comment
	initial string // its default, as YAML in one line
}

// values reads values.yaml: each key with a scalar, a list or nothing in it is a value, and so is a map that has a
// comment and stands in one line. A comment above a map is about all that is in it.
func values(data []byte) ([]value, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, err
	}
	return within("", doc.Content[0])
}

func within(path string, m *yaml.Node) (all []value, err error) {
	for i := 0; i < len(m.Content); i += 2 {
		key, v := m.Content[i], m.Content[i+1]
		below, about := path+key.Value, comment(key.HeadComment)
		if v.Kind == yaml.MappingNode && v.Style&yaml.FlowStyle == 0 {
			if about != "" {
				all = append(all, value{path: below, about: about})
			}
			inner, err := within(below+".", v)
			if err != nil {
				return nil, err
			}
			all = append(all, inner...)
			continue
		}
		initial, err := oneLine(v)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", below, err)
		}
		all = append(all, value{below, about, initial})
	}
	return all, nil
}

// oneLine is a value as YAML in one line, without comments.
func oneLine(v *yaml.Node) (string, error) {
	plain := *v
	plain.HeadComment, plain.LineComment, plain.FootComment = "", "", ""
	if v.Kind != yaml.ScalarNode {
		plain.Style = yaml.FlowStyle
	}
	out, err := yaml.Marshal(&plain)
	return strings.Join(strings.Fields(string(out)), " "), err
}

// comment is the text of a comment: what is indented in it, such as an example, is not for a table.
func comment(c string) string {
	var words []string
	for line := range strings.Lines(c) {
		line = strings.TrimPrefix(strings.TrimRight(line, "\n"), "#")
		if strings.HasPrefix(line, "   ") {
			continue
		}
		words = append(words, strings.TrimSpace(line))
	}
	return strings.TrimSuffix(strings.TrimSpace(strings.Join(words, " ")), " For example:")
}

// reference is docs/values.md.
func reference(all []value) string {
	var b strings.Builder
	b.WriteString("# Values of the chart\n\nWritten from [values.yaml](../charts/glootrace/values.yaml), which has examples too, by `make docs`.\n")
	cell := strings.NewReplacer("|", `\|`, "<", "&lt;").Replace
	section := ""
	for _, v := range all {
		top, _, nested := strings.Cut(v.path, ".")
		if !nested && v.initial != "" && (section == "" || section == "general") {
			top = "general" // what stands before the first group; later ones are their own
		}
		if top != section {
			section = top
			fmt.Fprintf(&b, "\n## %s\n\n", strings.ToUpper(top[:1])+top[1:])
			b.WriteString("| value | default | |\n|---|---|---|\n")
		}
		initial := ""
		if v.initial != "" {
			initial = "`" + cell(v.initial) + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", v.path, initial, cell(v.about))
	}
	return b.String()
}
