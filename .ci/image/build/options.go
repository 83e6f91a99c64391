// Package build makes the parts of a release of glootrace: its program for a platform, the container image around it, and
// the SPDX document of what is in them. The same source, version and Go give the same bytes, wherever they are built.
package build

import (
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

// Options say what is built, and from what.
type Options struct {
	Source   string    // root of glootrace's source tree
	Tag      name.Tag  // what the image is called
	Version  string    // glootrace's version
	Revision string    // commit of the source
	Created  time.Time // date of all that is built
}

// Platform is what a program runs on, as Go calls it.
type Platform struct {
	OS, Arch string
}

func (p Platform) String() string { return p.OS + "/" + p.Arch }
