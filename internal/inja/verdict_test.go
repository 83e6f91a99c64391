package inja

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// A verdict is what Inja says of a template. testdata/grammar.txt has those of
// the grammar, by hand; testdata/generated.txt those of generated templates.
// Both were put to testdata/oracle.cc, built with nlohmann/json 3.11.2 and the
// header of Inja 3.3 in which lexer and parser had been brought by hand to what
// solo-io/inja v3.4.0-patch3 has. To compare with a header of your own, and with
// as many templates as you like:
//
//	g++ -O1 -std=c++17 -I HEADERS -o /tmp/oracle internal/inja/testdata/oracle.cc
//	INJA_ORACLE=/tmp/oracle INJA_TEMPLATES=200000 go test -run Oracle ./internal/inja
//
// With INJA_RECORD=1 it writes generated.txt anew.
type verdict struct {
	text               string
	advanced, accepted bool
}

func (v verdict) String() string {
	word, notation := "no", ""
	if v.accepted {
		word = "ok"
	}
	if v.advanced {
		notation = "pointer "
	}
	return word + " " + notation + strconv.QuoteToASCII(v.text)
}

// readVerdicts reads a file of lines ok or no, pointer for that notation, and
// the template as Go quotes it.
func readVerdicts(t testing.TB, file string) []verdict {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var vs []verdict
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		word, rest, ok := strings.Cut(lines.Text(), " ")
		if word == "" || word == "#" {
			continue
		}
		quoted := strings.TrimPrefix(rest, "pointer ")
		text, err := strconv.Unquote(quoted)
		if !ok || err != nil || word != "ok" && word != "no" {
			t.Fatalf("%s:%d: %s", file, n, lines.Text())
		}
		vs = append(vs, verdict{text, quoted != rest, word == "ok"})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return vs
}

// agrees compares the parser with a verdict.
func agrees(t testing.TB, v verdict, message string) {
	t.Helper()
	_, problems := Parse(v.text, Options{Advanced: v.advanced})
	if accepted := len(problems) == 0; accepted != v.accepted {
		t.Errorf("Inja says %s (%s); here: %v", v, message, problems)
	}
}

const (
	grammar   = "testdata/grammar.txt"
	generated = "testdata/generated.txt"
)

func TestAgreesWithVerdictsOfInja(t *testing.T) {
	for _, file := range []string{grammar, generated} {
		accepted, vs := 0, readVerdicts(t, file)
		for _, v := range vs {
			if v.accepted {
				accepted++
			}
			agrees(t, v, file)
		}
		if accepted < len(vs)/4 || accepted > len(vs)*3/4 || len(vs) < 400 {
			t.Errorf("%s: %d of %d accepted: too few of one kind to tell anything", file, accepted, len(vs))
		}
	}
}

func TestAgreesWithTheOracle(t *testing.T) {
	program := os.Getenv("INJA_ORACLE")
	if program == "" {
		t.Skip("INJA_ORACLE names no oracle: the recorded verdicts stand for it")
	}
	ask := oracle(t, program)
	for _, v := range readVerdicts(t, grammar) {
		if answer := ask(v); (answer == "ok") != v.accepted {
			t.Errorf("%s: %s says of %s: %s", grammar, program, v, answer)
		}
	}
	templates, _ := strconv.Atoi(os.Getenv("INJA_TEMPLATES"))
	const recorded, longest = 2000, 90
	var record strings.Builder
	seen := map[verdict]bool{}
	g := generator{rand.New(rand.NewPCG(1, 2))}
	for i := range max(templates, 10*recorded) {
		v := verdict{text: g.template(), advanced: i%4 == 0}
		answer := ask(v)
		v.accepted = answer == "ok"
		agrees(t, v, answer)
		if !seen[v] && len(seen) < recorded && len(v.text) <= longest {
			seen[v] = true
			fmt.Fprintln(&record, v)
		}
	}
	if os.Getenv("INJA_RECORD") != "" {
		if err := os.WriteFile(generated, []byte(record.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// oracle starts the program and returns what asks it.
func oracle(t *testing.T, program string) func(verdict) string {
	cmd := exec.Command(program)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	for name, takes := range functions {
		for _, n := range takes {
			fmt.Fprintf(in, "f %s %d\n", name, n)
		}
	}
	answers := bufio.NewReader(out)
	return func(v verdict) string {
		notation := "dot"
		if v.advanced {
			notation = "pointer"
		}
		if _, err := io.WriteString(in, fmt.Sprintf("t %s %d\n%s", notation, len(v.text), v.text)); err != nil {
			t.Fatal(err)
		}
		answer, err := answers.ReadString('\n')
		if err != nil {
			t.Fatalf("after %s: %v", v, err)
		}
		return strings.TrimSuffix(answer, "\n")
	}
}
