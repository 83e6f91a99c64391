package gloo

import (
	"strings"
	"testing"
)

func TestNearestIsSparingWithShortNames(t *testing.T) {
	known := []string{"body", "header", "headers", "name", "options", "prefix", "regex", "upper", "virtualHost"}
	for name, want := range map[string]string{
		"heder":       "header",
		"boyd":        "", // two of four letters: it may be anything
		"bodi":        "body",
		"Name":        "name",
		"user":        "", // half of upper's letters, by chance
		"exact":       "",
		"regx":        "regex",
		"option":      "options",
		"virtalhosts": "virtualHost",
		"something":   "",
		"x":           "",
		"":            "",
	} {
		if got := Nearest(name, known); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestNearestOfLongNamesIsNotLookedFor(t *testing.T) {
	long := strings.Repeat("x", longName)
	for _, c := range []struct{ name, known, want string }{
		{long[1:] + "y", long, long}, {long + "y", long, ""}, {long[1:], long + "x", ""},
	} {
		if got := Nearest(c.name, []string{c.known}); got != c.want {
			t.Errorf("%d bytes among a name of %d: got %q", len(c.name), len(c.known), got)
		}
	}
}
