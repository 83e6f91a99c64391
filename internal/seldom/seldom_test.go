package seldom

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr/funcr"
)

func TestManyLinesBecomeOneASecondThatCountsTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said []string
		log := funcr.New(func(_, line string) { said = append(said, line) }, funcr.Options{})
		lines, others := New(), New()
		for range 1000 {
			lines.To(log).Info("garbage")
		}
		if len(said) != first || strings.Contains(said[first-1], "leftOut") {
			t.Errorf("of a thousand at once: %q", said)
		}
		others.To(log).Info("another kind")
		if len(said) != first+1 {
			t.Error("one kind has another left out")
		}
		time.Sleep(time.Second)
		for range 1000 {
			lines.To(log).Info("garbage")
		}
		if len(said) != first+2 || !strings.Contains(said[first+1], `"leftOut"=990`) {
			t.Errorf("a second later: %q", said[first:])
		}
	})
}
