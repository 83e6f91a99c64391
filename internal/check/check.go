// Package check asks a cluster whether glootrace, and tracing with it, works there.
//
// A check is one entry of the table in groups.go: what shall hold, the inputs that
// have to be read to know it, and a pure function of what was read. Reading is the
// inputs' business, each input is read once, and an input that can not be read
// makes the checks that need it unknown, never wrong.
package check

import "fmt"

// Status is what became of a check, from good to bad.
type Status string

// The statuses.
const (
	OK   Status = "ok"
	Warn Status = "warn"
	Fail Status = "fail"
	// Unknown: what the check needs could not be read.
	Unknown Status = "unknown"
)

// Check is one question to a cluster.
type Check struct {
	// Name is stable: programs know the check by it, and docs/troubleshooting.md has
	// a section of that name.
	Name string
	// Title is the sentence that holds if all is well.
	Title string
	// Fix is what to do if it does not, in a line.
	Fix string

	inputs []input
	fatal  bool // nothing else can be known if it fails
	run    func(*facts) verdict
}

// Group is what is checked together.
type Group struct {
	Name   string
	Checks []Check
}

// verdict is a check's answer. The zero value says that the check does not apply here.
type verdict struct {
	status Status
	reason string
	fix    string // instead of the check's own
	refers bool   // to another check, which has the fix
}

func ok(reason string, args ...any) verdict   { return say(OK, reason, args...) }
func warn(reason string, args ...any) verdict { return say(Warn, reason, args...) }
func fail(reason string, args ...any) verdict { return say(Fail, reason, args...) }

func unknown(reason string, args ...any) verdict { return say(Unknown, reason, args...) }

func say(s Status, reason string, args ...any) verdict {
	return verdict{status: s, reason: fmt.Sprintf(reason, args...)}
}

// by is the verdict with a fix of its own.
func (v verdict) by(fix string, args ...any) verdict {
	v.fix = fmt.Sprintf(fix, args...)
	return v
}

// Help is where a check is explained.
func Help(name string) string { return helpPage + "#" + name }

const helpPage = "https://github.com/glootrace/glootrace/blob/main/docs/troubleshooting.md"
