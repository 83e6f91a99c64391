package mutate

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"gomodules.xyz/jsonpatch/v2"

	"github.com/glootrace/glootrace/internal/added"
	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
)

// find finds what was added to the object before. It gives the object as JSON,
// nil if nothing of it is to be upgraded.
func (p *patch) find() (object map[string]any) {
	record, err := added.Parse(p.object.Annotations()[added.Annotation])
	if err != nil || p.object.Kind == gloo.Pod { // a pod's containers can not be changed
		return nil
	}
	if object, err = added.Object(p.object.Raw()); err != nil {
		return nil
	}
	var lost []added.Entry
	p.ours, lost = record.Find(object)
	p.oursAt, p.edited = map[string]bool{}, map[string]bool{}
	for _, f := range p.ours {
		p.oursAt[f.At] = true
	}
	for _, e := range lost {
		p.edited[e.Pointer] = true
	}
	return object
}

// upgrade replaces what was added to the object before, and is still as it was,
// by what would be added in its place today: the Policy may have changed. What
// would not be added any more stays: why it is not may pass.
//
// It is the one case in which a patch does not only add.
func (p *patch) upgrade(object map[string]any, add func(*patch)) {
	now, mixed := byPlace(object, p.ours)
	switch {
	case now == nil:
		return
	case mixed:
		p.notByRoute = append(p.notByRoute, p.outdated...)
		return
	}
	added.Steps(object, p.ours)
	raw, err := json.Marshal(object)
	if err != nil {
		return
	}
	without, err := gloo.Decode(raw)
	if err != nil {
		return
	}
	without = without.InNamespace(p.object.Namespace)
	today := &patch{object: without, notes: finding.NewReport(without)}
	add(today)
	p.size = max(p.size, today.size)
	p.notByRoute = append(p.notByRoute, today.notByRoute...)
	p.giveWay(today.yields)
	wanted, adds, outdated := map[string][]int{}, map[string]bool{}, map[string][]notByRoute{}
	for i, e := range today.entries {
		wanted[e.Pointer] = append(wanted[e.Pointer], i)
	}
	for _, e := range p.entries {
		adds[e.Pointer] = true
	}
	for _, s := range p.outdated {
		list := s.at.Parent().Pointer() + "/-"
		outdated[list] = append(outdated[list], s)
	}
	empty := p.emptyBeside(now)
	for _, place := range slices.Sorted(maps.Keys(wanted)) {
		if first := wanted[place][0]; len(now[place]) == 0 && !adds[place] && empty(place) {
			p.operations = append(p.operations, jsonpatch.NewOperation("add", place, today.values[first]))
			p.added = append(p.added, Upgraded)
			p.entries = append(p.entries, today.entries[first])
			adds[place] = true
		}
		ours, same := now[place], min(len(wanted[place]), len(now[place]))
		edited := adds[place] || p.edited[place]
		if len(wanted[place]) != len(ours) && (same == 0 || edited) { // nothing yet, or who can tell which is which
			p.notByRoute = append(p.notByRoute, outdated[place]...)
			continue
		}
		for i, w := range wanted[place][:same] {
			p.become(ours[i], today.entries[w], today.values[w])
		}
		for _, more := range slices.Backward(ours[same:]) { // the items at the end of a list
			p.operations = append(p.operations, jsonpatch.NewOperation("remove", more.at, nil))
			p.added = append(p.added, Upgraded)
		}
		for _, w := range wanted[place][same:] {
			p.operations = append(p.operations, jsonpatch.NewOperation("add", place, today.values[w]))
			p.added = append(p.added, Upgraded)
			p.entries = append(p.entries, today.entries[w])
		}
	}
}

// giveWay takes out what was added where it hides something today: an option
// object that had no transformations then may have some now.
func (p *patch) giveWay(yields []*gloo.Path) {
	if len(yields) == 0 {
		return
	}
	object, err := added.Object(p.object.Raw())
	if err != nil {
		return
	}
	byAt := func(a, b added.Found) int { return strings.Compare(a.At, b.At) }
	ours := slices.SortedFunc(slices.Values(p.ours), byAt)
	for _, path := range yields {
		within := path.Pointer() + "/"
		first, _ := slices.BinarySearchFunc(ours, added.Found{At: within}, byAt)
		hiding := ours[first:]
		if end := slices.IndexFunc(hiding, func(f added.Found) bool { return !strings.HasPrefix(f.At, within) }); end >= 0 {
			hiding = hiding[:end]
		}
		for _, step := range added.Steps(object, hiding) {
			operation := jsonpatch.NewOperation("remove", step.Pointer, nil)
			if step.Void != nil {
				var empty any
				_ = json.Unmarshal([]byte(*step.Void), &empty) // what is no JSON was a null, such as ~
				operation = jsonpatch.NewOperation("replace", step.Pointer, empty)
			}
			p.operations = append(p.operations, operation)
			p.added = append(p.added, Upgraded)
		}
	}
}

// owns tells whether what is at a path was added before, alone or with what is
// around it: upgrade makes it what the Policy wants.
func (p *patch) owns(path *gloo.Path) bool { return added.Inside(p.oursAt, path.Pointer()+"/") }

// wasEdited tells whether something that was added to a list, or was the list, is
// not as it was any more.
func (p *patch) wasEdited(list *gloo.Path) bool {
	pointer := list.Pointer()
	return p.edited[pointer] || p.edited[pointer+"/-"]
}

// emptyBeside tells of places whether they are empty, and in a map in which something
// was added before: what is wanted there belongs to that.
func (p *patch) emptyBeside(now map[string][]was) func(place string) bool {
	holder := func(pointer string) string { return pointer[:strings.LastIndex(pointer, "/")] }
	holders := map[string]bool{}
	for place := range now {
		holders[holder(place)] = holders[holder(place)] || place != added.Pointer
	}
	object := sync.OnceValues(func() (map[string]any, error) { return added.Object(p.object.Raw()) })
	return func(place string) bool {
		if strings.HasSuffix(place, "/-") || !holders[holder(place)] {
			return false
		}
		o, err := object()
		if err != nil {
			return false
		}
		v, _ := added.Value(o, place)
		return v == nil
	}
}

// was is a value that was added.
type was struct {
	entry added.Entry
	at    string
	value any
}

// byPlace are values by the pointers of their entries as they are now, nil if one
// is not there; mixed if something of the user's is behind one in a list: places
// would move.
func byPlace(object map[string]any, found []added.Found) (places map[string][]was, mixed bool) {
	ends := map[string]int{} // of our items in each list
	places = map[string][]was{}
	for _, f := range found {
		value, ok := added.Value(object, f.At)
		if !ok {
			return nil, false
		}
		place := f.At
		if strings.HasSuffix(f.Pointer, "/-") {
			list := place[:strings.LastIndex(place, "/")]
			ends[list]++
			place = list + "/-"
		}
		places[place] = append(places[place], was{f.Entry, f.At, value})
	}
	for list, ours := range ends {
		items, _ := added.Value(object, list)
		all, _ := items.([]any)
		for _, w := range places[list+"/-"] {
			if i, _ := strconv.Atoi(w.at[len(list)+1:]); i < len(all)-ours {
				mixed = true
			}
		}
	}
	for _, several := range places {
		slices.SortFunc(several, func(a, b was) int { return added.Compare(a.at, b.at) })
	}
	return places, mixed
}

// become makes a value that was added what is wanted.
func (p *patch) become(old was, entry added.Entry, value any) {
	if added.Hash(old.value) == entry.Hash {
		return
	}
	changes := []jsonpatch.Operation{jsonpatch.NewOperation("replace", "", value)}
	from, errFrom := json.Marshal(old.value)
	to, errTo := json.Marshal(value)
	if errFrom == nil && errTo == nil {
		if fewer, err := jsonpatch.CreatePatch(from, to); err == nil { // not of plain values
			changes = fewer
		}
	}
	for _, c := range changes {
		c.Path = old.at + c.Path
		p.operations = append(p.operations, c)
	}
	p.added = append(p.added, Upgraded)
	entry.Created, entry.Void = old.entry.Created, old.entry.Void // of the addition that it takes the place of
	p.entries = append(p.entries, entry)
}
