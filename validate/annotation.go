package validate

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/glootrace/glootrace/internal/added"
	"github.com/glootrace/glootrace/internal/agent"
	"github.com/glootrace/glootrace/internal/finding"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
)

// words are the names of the annotations that glootrace reads on an object, or writes there.
var words = []string{added.Annotation, agent.Injected, Allow, policy.Inject, policy.OverrideImage, policy.OverrideMode}

// annotations checks that the object's words to glootrace are understood: those of an object that it looks at, and of
// the pods in it.
func (c check) annotations() {
	namespace := c.object.Kind == gloo.Namespace && c.object.APIVersion == "v1"
	proxy, isProxy := c.object.Proxy()
	if !namespace && !isProxy && !c.object.IsGloo() {
		return
	}
	metadata := []gloo.Value{c.object.Metadata()}
	if isProxy && c.object.Kind != gloo.Pod {
		metadata = append(metadata, proxy.Metadata)
		c.onWorkload(proxy.Metadata)
	}
	for _, m := range metadata {
		c.metadata(m)
		read, other := m.Child("annotations"), m.Child("labels")
		if namespace {
			read, other = other, read
		}
		c.words(read, namespace)
		c.switched(read)
		c.misplaced(other, namespace)
		if !namespace {
			c.allows(read)
		}
	}
}

// onWorkload reports the annotations of a workload that its pods do not have: admission sees the pods alone.
func (c check) onWorkload(pods gloo.Value) {
	own, theirs := c.object.Annotations(), pods.Child("annotations").Texts()
	for _, key := range []string{policy.OverrideImage, policy.OverrideMode, Allow, policy.Inject} {
		_, is := own[key]
		if _, also := theirs[key]; is && !also {
			c.Add(finding.OnWorkload, annotationsPath.Child(key), "key", key, "kind", string(c.object.Kind))
		}
	}
}

// words checks the names of annotations, or of a Namespace's labels.
func (c check) words(in gloo.Value, namespace bool) {
	known, kind := words, "annotation"
	if namespace {
		known, kind = []string{policy.Inject}, "label of a Namespace"
	}
	for _, key := range ownKeys(in) {
		if !slices.Contains(known, key) {
			fix := "remove it"
			if meant := nearestWord(key, known); meant != "" {
				fix = "did you mean " + meant + "?"
			}
			c.Add(finding.UnknownKey, in.Path.Child(key), "key", key, "kind", kind, "fix", fix)
		}
	}
}

// misplaced reports labels that glootrace reads as annotations only, and a Namespace's annotations, of which it reads
// the labels.
func (c check) misplaced(in gloo.Value, namespace bool) {
	known, is, where := words, "a label", "annotations"
	if namespace {
		known, is, where = []string{policy.Inject}, "an annotation of a Namespace", "labels"
	}
	for _, key := range ownKeys(in) {
		meant := key
		if !slices.Contains(known, key) {
			meant = nearestWord(key, known)
		}
		fix := "remove it"
		if meant != "" {
			fix = "write " + meant + " in metadata." + where
		}
		c.Add(finding.Misplaced, in.Path.Child(key), "key", key, "kind", is, "where", where, "fix", fix)
	}
}

// ownKeys are the names in a map that are in glootrace's domain, or in one that was surely meant to be it, sorted.
func ownKeys(in gloo.Value) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(in.Texts())), func(key string) bool {
		prefix, _, has := strings.Cut(key, "/")
		name, _, _ := strings.Cut(gloo.OwnPrefix, ".")
		return !has || prefix != name && !strings.HasPrefix(prefix, name+".")
	})
}

// nearestWord is the known name that was meant by another, empty if none is near.
func nearestWord(key string, known []string) string {
	_, name, _ := strings.Cut(key, "/")
	var names []string
	for _, k := range known {
		if n := strings.TrimPrefix(k, gloo.OwnPrefix); n == name {
			return k
		} else {
			names = append(names, n)
		}
	}
	if meant := gloo.Nearest(name, names); meant != "" {
		return gloo.OwnPrefix + meant
	}
	return ""
}

// switched checks the word that switches injection on and off.
func (c check) switched(in gloo.Value) {
	v := in.Child(policy.Inject)
	if !v.Exists() || v.IsOtherThanText() {
		return
	}
	if _, err := strconv.ParseBool(v.Text()); err != nil {
		c.Add(finding.UnknownWord, v.Path, "value", strconv.Quote(v.Text()), "fix", `"true" or "false"`)
	}
}

// allows checks that the codes of rules that are taken off an object are codes.
func (c check) allows(in gloo.Value) {
	v := in.Child(Allow)
	if !v.Exists() || v.IsOtherThanText() {
		return
	}
	known := 0
	var unknown []string
	for _, code := range slices.Sorted(maps.Keys(codes(v.Text()))) {
		if len(finding.Cases(code)) > 0 {
			known++
		} else if strings.HasPrefix(code, "GT") {
			unknown = append(unknown, strconv.Quote(code))
		}
	}
	if known == 0 {
		unknown = []string{strconv.Quote(v.Text())}
	}
	if len(unknown) > 0 {
		c.Add(finding.UnknownWord, v.Path, "value", strings.Join(unknown, ", "), "fix", "a rule's code and the reason, such as GT303 plain text is meant")
	}
}
