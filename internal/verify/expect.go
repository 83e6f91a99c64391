package verify

import "strings"

// Expect is what the gateway's span should be. What is empty may be anything.
type Expect struct{ Name, Service, Status string }

// Expectation is one thing that was expected of the gateway's span.
type Expectation struct {
	What     string `json:"what"` // name, service or status
	Expected string `json:"expected"`
	Got      string `json:"got"`
	Met      bool   `json:"met"`
}

// check compares without case: Zipkin keeps names in lower case only.
func (e Expect) check(s Span) (checked []Expectation) {
	for _, x := range []Expectation{
		{What: "name", Expected: e.Name, Got: s.Name},
		{What: "service", Expected: e.Service, Got: s.Service},
		{What: "status", Expected: e.Status, Got: s.Status},
	} {
		if x.Expected != "" {
			x.Met = strings.EqualFold(x.Expected, x.Got)
			checked = append(checked, x)
		}
	}
	return checked
}
