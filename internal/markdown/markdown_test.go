package markdown

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	got := Parse("a.md", []byte("# A `b`, and c!\n[x](y.md#z) ![p](q.png)\n\n## Same\n\n## Same\n\n```sh\nls [no](link.md)\n```\n"))
	want := Page{
		Name: "a.md", Links: []string{"y.md#z", "q.png"}, Anchors: []string{"a-b-and-c", "same", "same-1"}, Spans: []string{"b"},
		Blocks: []Block{{"sh", "ls [no](link.md)\n", 9}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
