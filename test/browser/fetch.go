package browser

import (
	"context"
	"io"

	"github.com/glootrace/glootrace/test/debian"
)

// Fetch makes sure that Chromium is installed. Whatever opens a page fetches it too; this is for those who want the
// waiting to be done before.
func Fetch(ctx context.Context, progress io.Writer) error {
	return debian.Install(ctx, progress, "chromium", "chromium")
}
