package gloo

import (
	"strconv"
	"strings"
)

// Path says where a value lies in its object. It prints as field.Path does
// ("spec.virtualHost.routes[3].options"), and it knows the RFC 6901 pointer
// that patches need, which field.Path cannot give back. The zero *Path (nil)
// is the object itself.
type Path struct {
	parent *Path
	name   string
	index  int32  // of a list item; name is empty then
	node   uint32 // where the value is in tree, if that is set
	tree   *tree
}

// Child is the path of the fields named, each below the one before.
func (p *Path) Child(names ...string) *Path {
	for _, n := range names {
		p = &Path{parent: p, name: n}
	}
	return p
}

// Index is the path of an item of the list at p.
func (p *Path) Index(i int) *Path { return &Path{parent: p, index: int32(i)} }

// Parent is the path of the map or list that holds p, nil for the object.
func (p *Path) Parent() *Path { return p.parent }

// Name is the last field of the path, empty for a list item.
func (p *Path) Name() string { return p.name }

// InList tells whether the path is that of a list item, or leads through one.
func (p *Path) InList() bool {
	for ; p != nil; p = p.parent {
		if p.name == "" {
			return true
		}
	}
	return false
}

// shown is how many bytes of a key a path shows: a user may have written a long
// one, and the paths of all that is in it would be as long.
const shown = 200

// String prints the path as field.Path does.
func (p *Path) String() string {
	var b strings.Builder
	p.walk(func(s *Path) {
		switch {
		case s.name == "":
			b.WriteString("[" + strconv.Itoa(int(s.index)) + "]")
		case strings.ContainsAny(s.name, "./"): // a key, such as an annotation's
			b.WriteString("[" + Shorten(s.name, shown) + "]")
		case b.Len() > 0:
			b.WriteString("." + Shorten(s.name, shown))
		default:
			b.WriteString(Shorten(s.name, shown))
		}
	})
	return Printable(b.String())
}

// What stands for ~ and / in the tokens of a JSON pointer (RFC 6901).
var (
	pointerEscape   = strings.NewReplacer("~", "~0", "/", "~1")
	pointerUnescape = strings.NewReplacer("~1", "/", "~0", "~")
)

// Pointer is the path as a JSON pointer (RFC 6901).
func (p *Path) Pointer() string {
	var b strings.Builder
	p.walk(func(s *Path) {
		if s.name == "" {
			b.WriteString("/" + strconv.Itoa(int(s.index)))
			return
		}
		b.WriteString("/" + pointerEscape.Replace(s.name))
	})
	return b.String()
}

// Shape is the path with its list indexes left out: the same for an item that
// moved within its list.
func (p *Path) Shape() string {
	var b strings.Builder
	p.walk(func(s *Path) {
		if s.name == "" {
			b.WriteString("[]")
			return
		}
		b.WriteString("." + Shorten(s.name, shown))
	})
	return b.String()
}

func (p *Path) walk(visit func(*Path)) {
	if p == nil {
		return
	}
	p.parent.walk(visit)
	visit(p)
}
