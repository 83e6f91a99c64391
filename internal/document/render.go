package document

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// block is value as lines of block YAML, written the way the document is.
func (e *editor) block(value any) ([]string, error) {
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(e.step)
	if e.hang {
		enc.CompactSeqIndent()
	}
	if err := enc.Encode(yamlNode(value, 0)); err != nil {
		return nil, err
	}
	if err := enc.Close(); err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n"), nil
}

// Flow is a value of maps, lists and scalars as YAML in one line.
func Flow(value any) string {
	b, err := yaml.Marshal(yamlNode(value, yaml.FlowStyle))
	if err != nil {
		return " " // does not pass the check of the result
	}
	return strings.TrimSuffix(string(b), "\n")
}

// yamlNode is a normal value for the YAML encoder, with its keys sorted.
func yamlNode(value any, style yaml.Style) *yaml.Node {
	switch v := value.(type) {
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode, Style: style}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			n.Content = append(n.Content, textNode(key), yamlNode(v[key], style))
		}
		return n
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Style: style}
		for _, item := range v {
			n.Content = append(n.Content, yamlNode(item, style))
		}
		return n
	case string:
		return textNode(v)
	case json.Number:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: v.String()}
	case bool:
		if v {
			return &yaml.Node{Kind: yaml.ScalarNode, Value: "true"}
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Value: "false"}
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Value: "null"}
}

// textNode is a string. The encoder quotes what it would not read back as one
// itself, but not what others take for a boolean, and it can not write some
// white space in a block scalar.
func textNode(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	_, isWord := words[s]
	if isWord || strings.Contains(s, "\n") && strings.ContainsAny(s, "\t\u2028\u2029\u0085") {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}
