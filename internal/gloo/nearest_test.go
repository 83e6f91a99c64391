package gloo

import "testing"

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
