package main

import (
	"errors"
	"time"

	"github.com/spf13/cobra"
)

// duration is a time that a flag sets, which has to be above 0.
type duration struct{ *time.Duration }

// addDuration adds a flag. By default it is 0 where that says that nobody asks for it.
func addDuration(c *cobra.Command, d *time.Duration, name string, byDefault time.Duration, usage string) {
	*d = byDefault
	c.Flags().Var(duration{d}, name, usage)
}

func (d duration) Set(text string) error {
	v, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return errors.New("want a time such as 30s or 2m")
	case v <= 0:
		return errors.New("it has to be above 0")
	}
	*d.Duration = v
	return nil
}

func (d duration) String() string {
	if d.Duration == nil || *d.Duration == 0 {
		return "0" // of which help shows nothing
	}
	return d.Duration.String()
}

// Type is what help calls the value.
func (duration) Type() string { return "duration" }
