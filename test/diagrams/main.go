// Command diagrams draws the diagrams of the documentation: docs/images/NAME.svg from the text in NAME.txt.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/bep/goat"
)

func main() {
	drawn, err := draw("../docs/images")
	for path, svg := range drawn {
		if err == nil {
			err = os.WriteFile(path, svg, 0o644)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "diagrams:", err)
		os.Exit(1)
	}
}

// draw draws all diagrams of a folder; the keys are the paths of what is drawn.
func draw(dir string) (map[string][]byte, error) {
	sources, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		return nil, err
	}
	drawn := map[string][]byte{}
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			return nil, err
		}
		drawn[strings.TrimSuffix(source, ".txt")+".svg"] = svg(text)
	}
	return drawn, nil
}

// svg is a drawing on white, so that it is read on a dark page too.
func svg(text []byte) []byte {
	var b bytes.Buffer
	s := goat.BuildSVG(bytes.NewReader(text))
	fmt.Fprintf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"Menlo, Consolas, monospace\" font-size=\"13\">\n"+
		"<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n%s</svg>\n", s.Width, s.Height, s.Body)
	return b.Bytes()
}
