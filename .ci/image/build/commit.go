package build

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Commit is the commit of Git's that a source tree is of, and its date. Its id ends with -dirty if the tree differs from it.
func Commit(ctx context.Context, source string) (revision string, date time.Time, err error) {
	// Git would look for a repository in the folders above as well, which is about something else.
	if _, err := os.Stat(filepath.Join(source, ".git")); err != nil {
		return "", time.Time{}, fmt.Errorf("which commit this is: %w", err)
	}
	head, err := Git(ctx, source, "log", "-1", "--format=%H %ct")
	if err != nil {
		return "", time.Time{}, err
	}
	revision, seconds, _ := strings.Cut(head, " ")
	epoch, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("git log: %w", err)
	}
	changed, err := Git(ctx, source, "status", "--porcelain")
	if changed != "" {
		revision += "-dirty"
	}
	return revision, time.Unix(epoch, 0).UTC(), err
}

// Git is what git prints about a source tree, without the end of its last line; the error has what it complains of.
func Git(ctx context.Context, source string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", source}, args...)...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w\n%s", args[0], err, said.Bytes())
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}
