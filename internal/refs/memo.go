package refs

import "sync"

// memo keeps what has been worked out once about the objects of a reader. A
// reader of files is asked about the same objects by thousands of others, and
// that of an admission about one object by each of thousands of routes.
type memo struct{ known sync.Map }

// remember is what compute gives, computed once for each key; without a memo
// it is computed each time.
func remember[V any](m *memo, key any, compute func() V) V {
	if m == nil {
		return compute()
	}
	if v, ok := m.known.Load(key); ok {
		return v.(V)
	}
	v := compute()
	m.known.Store(key, v)
	return v
}
