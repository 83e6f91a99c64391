package main

import "testing"

const page = `# Page

| Kubernetes | integration | end-to-end |
|---|---|---|
| v1.36.3 | pass |  |

Text.
`

func TestPassedIsNotedInTheVersionsRow(t *testing.T) {
	for name, c := range map[string]struct{ tests, version, want string }{
		"a cell": {"end-to-end", "v1.36.3", "| v1.36.3 | pass | pass |\n"},
		"newer":  {"integration", "v1.37.2", "| v1.37.2 | pass |  |\n| v1.36.3 | pass |  |\n"},
		"older":  {"end-to-end", "v1.9.1", "| v1.36.3 | pass |  |\n| v1.9.1 |  | pass |\n"},
		"again":  {"integration", "v1.36.3", "| v1.36.3 | pass |  |\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := passed(page, c.tests, c.version)
			want := "# Page\n\n| Kubernetes | integration | end-to-end |\n|---|---|---|\n" + c.want + "\nText.\n"
			if err != nil || got != want {
				t.Errorf("%v\n%s\nwant:\n%s", err, got, want)
			}
		})
	}
	if _, err := passed(page, "other", "v1.36.3"); err == nil {
		t.Error("a column that is not there was not missed")
	}
}
