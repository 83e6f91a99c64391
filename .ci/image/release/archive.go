package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/glootrace/glootrace/.ci/image/build"
)

// extras are the files beside the program in each archive: license, manual and completion of shells.
func (r release) extras(ctx context.Context) ([]build.File, error) {
	license, err := os.ReadFile(filepath.Join(r.Source, "LICENSE"))
	if err != nil {
		return nil, err
	}
	files := []build.File{{Name: "LICENSE", Mode: 0o644, Content: license}}
	pages, err := filepath.Glob(filepath.Join(r.Source, "docs", "man", "*.1"))
	if err != nil {
		return nil, err
	}
	if len(pages) == 0 {
		return nil, errors.New("no manual in docs/man")
	}
	for _, page := range pages {
		content, err := os.ReadFile(page)
		if err != nil {
			return nil, err
		}
		files = append(files, build.File{Name: "man/man1/" + filepath.Base(page), Mode: 0o644, Content: content})
	}
	here, err := build.Compile(ctx, r.Options, build.Platform{OS: runtime.GOOS, Arch: runtime.GOARCH})
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "glootrace-release-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "glootrace")
	if err := os.WriteFile(program, here.Binary, 0o755); err != nil {
		return nil, err
	}
	for _, shell := range []struct{ name, file string }{
		{"bash", "glootrace.bash"}, {"fish", "glootrace.fish"}, {"powershell", "glootrace.ps1"}, {"zsh", "_glootrace"},
	} {
		script, err := exec.CommandContext(ctx, program, "completion", shell.name).Output()
		if err != nil {
			return nil, fmt.Errorf("completion for %s: %w", shell.name, err)
		}
		files = append(files, build.File{Name: "completion/" + shell.file, Mode: 0o644, Content: script})
	}
	return files, nil
}

// archive writes a program with the extras: a zip for Windows, a tar.gz for the others.
func (r release) archive(p build.Program, extras []build.File) (build.Artifact, error) {
	program, ending, pack := "glootrace", ".tar.gz", r.tarGz
	if p.OS == "windows" {
		program, ending, pack = "glootrace.exe", ".zip", r.zip
	}
	var b bytes.Buffer
	if err := pack(&b, append([]build.File{
		{Name: program, Mode: 0o755, Content: p.Binary},
		{Name: build.ThirdParty, Mode: 0o644, Content: p.Terms},
	}, extras...)); err != nil {
		return build.Artifact{}, err
	}
	name := fmt.Sprintf("glootrace_%s_%s_%s%s", r.number(), p.OS, p.Arch, ending)
	return build.Artifact{Program: p, Name: name, SHA256: fmt.Sprintf("%x", sha256.Sum256(b.Bytes()))}, r.write(name, b.Bytes())
}

func (r release) tarGz(w io.Writer, files []build.File) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := build.WriteTar(z, r.Created, files); err != nil {
		return err
	}
	return z.Close()
}

func (r release) zip(w io.Writer, files []build.File) error {
	z := zip.NewWriter(w)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: r.Created}
		h.SetMode(os.FileMode(f.Mode))
		into, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := into.Write(f.Content); err != nil {
			return err
		}
	}
	return z.Close()
}

// write writes a file of the release.
func (r release) write(name string, content []byte) error {
	return build.WriteFile(filepath.Join(r.out, name), func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}
