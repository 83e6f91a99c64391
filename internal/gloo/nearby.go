package gloo

import (
	"slices"
	"strings"
)

// ByPath finds, of thousands of matchers of routes, those that an entry's may have to do
// with, by their paths.
type ByPath struct {
	routes []*Requests
	sorted []int // those of a prefix or an exact path, by that
	// up is for each of sorted the last one before it with whose path its own begins, -1 if there is none.
	up     []int
	others []int
}

// NewByPath is for the requests of routes, which are known by their places.
func NewByPath(routes []*Requests) ByPath {
	b := ByPath{routes: routes}
	for i, r := range routes {
		if r.by == "prefix" || r.by == "exact" {
			b.sorted = append(b.sorted, i)
		} else {
			b.others = append(b.others, i)
		}
	}
	slices.SortStableFunc(b.sorted, func(i, j int) int { return strings.Compare(routes[i].lower, routes[j].lower) })
	around := []int{-1}
	for place := range b.sorted {
		last := len(around) - 1
		for last > 0 && !strings.HasPrefix(b.path(place), b.path(around[last])) {
			last--
		}
		b.up = append(b.up, around[last])
		around = append(around[:last+1], place)
	}
	return b
}

// Requests are those of the route at a place.
func (b ByPath) Requests(place int) *Requests { return b.routes[place] }

func (b ByPath) path(place int) string { return b.routes[b.sorted[place]].lower }

// Near are the places of the routes that may share requests with an entry or include
// it, and a few more, in their order; not more than most, or else ok is false.
func (b ByPath) Near(entry *Requests, most int) (near []int, ok bool) {
	path := entry.lower
	every := entry.by != "prefix" && entry.by != "exact" || !strings.HasPrefix(path, "/")
	switch {
	case every && len(b.routes) > most, len(b.others) > most:
		return nil, false
	case every:
		for i := range b.routes {
			near = append(near, i)
		}
		return near, true
	}
	most -= len(b.others)
	first, _ := slices.BinarySearchFunc(b.sorted, path, func(i int, path string) int { return strings.Compare(b.routes[i].lower, path) })
	for place := first - 1; place >= 0 && most >= 0; place = b.up[place] {
		if most--; strings.HasPrefix(path, b.path(place)) {
			near = append(near, b.sorted[place])
		}
	}
	for place := first; place < len(b.sorted) && most >= 0; place++ {
		if p := b.path(place); p != path && (entry.by == "exact" || !strings.HasPrefix(p, path)) {
			break
		}
		most--
		near = append(near, b.sorted[place])
	}
	near = append(near, b.others...)
	slices.Sort(near)
	return near, most >= 0
}
