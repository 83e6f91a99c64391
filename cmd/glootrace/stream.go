package main

import (
	"cmp"
	"io"
	"regexp"
)

// stream is standard output or standard error.
type stream struct {
	io.Writer
	plugin bool  // what it says of glootrace's commands is for somebody who has a plugin of kubectl
	failed error // the first write that did; cobra does not tell when it prints help
}

// hinted is where glootrace says which of its commands to call. A certificate has "glootrace webhook" in its name.
var hinted = regexp.MustCompile(`\b(kubectl )?glootrace ((backfill|check|completion|inject|lint|rules|uninject|verify|version)\b|webhook --)`)

func (s *stream) Write(p []byte) (int, error) {
	said := p
	if s.plugin {
		said = hinted.ReplaceAll(p, []byte("kubectl glootrace $2"))
	}
	if _, err := s.Writer.Write(said); err != nil {
		s.failed = cmp.Or(s.failed, err)
		return 0, err
	}
	return len(p), nil
}

// Fd is by what a terminal is known.
func (s *stream) Fd() uintptr {
	if f, is := s.Writer.(interface{ Fd() uintptr }); is {
		return f.Fd()
	}
	return ^uintptr(0) // no file
}
