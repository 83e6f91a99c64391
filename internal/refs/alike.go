package refs

import (
	"slices"

	"github.com/glootrace/glootrace/internal/gloo"
)

// alike are listeners or Gateways that choose the same objects, whatever these are:
// thousands of them mostly choose in one of a few ways, and are asked as one.
type alike[T any] struct {
	chooses gloo.Chosen
	work    int
	all     []T
}

// workOf is what it takes to ask whether an object is chosen by what is written: a
// selector may have thousands of labels.
func workOf(written string) int { return 1 + len(written)/64 }

// grouped puts together what chooses alike by a text that says how, in its order.
func grouped[T any](all []T, how func(T) (text string, chooses gloo.Chosen)) []alike[T] {
	var groups []alike[T]
	places := map[string]int{}
	for _, one := range all {
		text, chooses := how(one)
		place, known := places[text]
		if !known {
			place, places[text] = len(groups), len(groups)
			groups = append(groups, alike[T]{chooses: chooses, work: workOf(text)})
		}
		groups[place].all = append(groups[place].all, one)
	}
	return groups
}

// choosing tells groups that choose an object from those that do not. To ask many of
// them again and again is work too.
func choosing[T any](r Reader, groups []alike[T], o gloo.Object) (chosenBy []T, others []alike[T]) {
	for _, g := range groups {
		if !r.limit.take(g.work) {
			return nil, nil
		}
		if g.chooses(o) {
			chosenBy = append(chosenBy, g.all...)
		} else {
			others = append(others, g)
		}
	}
	return chosenBy, slices.Clip(others)
}
