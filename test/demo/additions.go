package main

import (
	"context"
	"fmt"

	"github.com/aymanbagabas/go-udiff"
)

// showAdditions shows what admission made of the guide's objects.
func showAdditions(ctx context.Context, s *stage) error {
	s.heading("What was added when they were admitted",
		"HTTP/2 for the collector, the Gateway's provider of tracing, the span's name; all that was written is still there")
	for _, file := range guide {
		if err := s.additions(ctx, file); err != nil {
			return err
		}
	}
	return nil
}

// additions shows how the stored object differs from the user's file. Something must have been added, and nothing
// taken out.
func (s *stage) additions(ctx context.Context, file string) error {
	wrote, err := written(file)
	if err != nil {
		return err
	}
	stored, err := s.stored(ctx, file)
	if err != nil {
		return err
	}
	before, err := text(wrote)
	if err != nil {
		return err
	}
	after, err := text(stored)
	if err != nil {
		return err
	}
	s.blank()
	s.diff(udiff.Unified(file, name(stored), before, after))
	switch {
	case before == after:
		return fmt.Errorf("%s: nothing was added", name(stored))
	case !holds(stored.Object, wrote.Object):
		return fmt.Errorf("%s: something that the user wrote is gone", name(stored))
	}
	return nil
}
