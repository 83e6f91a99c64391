package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"testing"
)

func TestDiagramsAreCurrent(t *testing.T) {
	drawn, err := draw("../../docs/images")
	if err != nil || len(drawn) == 0 {
		t.Fatalf("%d diagrams, %v", len(drawn), err)
	}
	for path, want := range drawn {
		if got, _ := os.ReadFile(path); !bytes.Equal(got, want) {
			t.Errorf("%s is not current: make docs draws it anew", path)
		}
		for d := xml.NewDecoder(bytes.NewReader(want)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s: %v", path, err)
				break
			}
		}
	}
}
