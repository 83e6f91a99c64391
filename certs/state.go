package certs

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"
)

// state is all that replicas have to agree on: the content of the Secret.
//
// A CA is rotated in three steps, with a time between them that is measured, not
// assumed: next comes into the bundles and signs nothing; when every bundle has
// held it for the overlap, it becomes ca and signs a leaf; when no leaf of the CA
// before can be valid any more, wherever it may still be served, that CA leaves
// the bundles.
type state struct {
	ca   *tls.Certificate // signs leafs
	next *tls.Certificate // will sign leafs
	leaf *tls.Certificate // what every replica serves
	// old CAs have signed leafs that may still be served until oldUntil.
	old      []*x509.Certificate
	oldUntil time.Time
}

// bundle is what the API server shall trust.
func (s state) bundle() []*x509.Certificate {
	bundle := []*x509.Certificate{s.ca.Leaf}
	if s.next != nil {
		bundle = append(bundle, s.next.Leaf)
	}
	return append(bundle, s.old...)
}

// view is what a replica knows of the world as it decides.
type view struct {
	now time.Time
	// held tells for how long every live bundle has held a CA.
	held func(*x509.Certificate) time.Duration
	// live are the certificates in the live bundles.
	live []*x509.Certificate
	// faults are what is wrong with the Secret beyond what the state shows.
	faults []string
}

// step is a change of the state, as it is told to people.
type step struct {
	reason, note string
	// rotated is "ca", "leaf" or nothing, for the metrics.
	rotated string
	// warn if the state before was not as it should have been.
	warn bool
}

// advance is the state that follows, and the steps that lead to it: none if all
// is well. It is a pure function but for the keys that it makes.
func (s state) advance(names []string, t Timing, v view) (state, []step, error) {
	var steps []step
	var err error
	retire := v.now.Add(t.Leaf + 3*t.Skew) // no leaf that any replica has now is valid longer, by any clock
	lost := len(v.faults) > 0              // the Secret does not know all that it should
	if lost {
		steps = append(steps, step{"SecretRepaired", "replaced what the Secret held and nobody can use: " + strings.Join(v.faults, "; "), "", true})
	}
	if len(s.old) > 0 && s.oldUntil.IsZero() {
		s.oldUntil = retire
	}
	switch why := unusable(s.ca, v.now); {
	case why == "":
	case s.ca != nil && unusable(s.next, v.now) == "":
		s.ca, s.next = s.next, nil
		steps = append(steps, step{"CAReplaced", "the new CA signs before its time: the one before can not be used, " + why, "ca", true})
	default:
		if s.ca, err = newCA(v.now, t); err != nil {
			return s, nil, err
		}
		s.next, lost = nil, true
		steps = append(steps, step{"CACreated", "new CA: " + why, "ca", false})
	}

	if lost {
		// Other replicas may be serving a leaf of a CA of which only the bundles
		// still know.
		s.old, s.oldUntil = slices.Clone(s.old), retire
		for _, c := range v.live {
			if isOurCA(c, v.now) && !slices.ContainsFunc(s.bundle(), c.Equal) {
				s.old = append(s.old, c)
			}
		}
	}

	kept := slices.DeleteFunc(slices.Clone(s.old), func(c *x509.Certificate) bool {
		return v.now.After(s.oldUntil) || v.now.After(c.NotAfter)
	})
	if len(kept) < len(s.old) {
		s.old = kept
		steps = append(steps, step{"CARetired", "a CA left the bundle: no leaf that it signed is valid any more", "", false})
	}

	if s.next != nil && (unusable(s.next, v.now) != "" || lastThird(s.next.Leaf, t.CA, v.now)) {
		s.next = nil // it has waited too long to be of use
	}
	switch {
	case s.next == nil && lastThird(s.ca.Leaf, t.CA, v.now):
		if s.next, err = newCA(v.now, t); err != nil {
			return s, nil, err
		}
		steps = append(steps, step{"CAPublished", "two thirds of the CA's life are over: a new one comes into the bundle", "", false})
	case s.next != nil && v.held(s.next.Leaf) >= t.Overlap:
		s.old, s.oldUntil = append(slices.Clone(s.old), s.ca.Leaf), retire
		s.ca, s.next, s.leaf = s.next, nil, nil
		steps = append(steps, step{"CARotated", "the new CA is trusted everywhere: it signs from now on", "ca", false})
	}

	leafStep, names := s.leafStep(names, t, v)
	if leafStep.reason != "" {
		if s.leaf, err = newLeaf(s.ca, names, v.now, t); err != nil {
			return s, nil, err
		}
		steps = append(steps, leafStep)
	}
	return s, steps, nil
}

// leafStep says whether a new leaf is due, and for which names.
func (s state) leafStep(names []string, t Timing, v view) (step, []string) {
	renewed := func(note string) step { return step{"LeafRenewed", note, "leaf", false} }
	switch {
	case s.leaf == nil:
		return renewed("new leaf"), names
	case verify(s.leaf, pool(s.ca.Leaf), "", v.now) != nil:
		why := verify(s.leaf, pool(s.ca.Leaf), "", v.now)
		return step{"LeafReplaced", fmt.Sprintf("new leaf, since the one in the Secret is unusable: %v", why), "leaf", true}, names
	case lastThird(s.leaf.Leaf, t.Leaf, v.now) && leafEnd(s.ca, v.now, t).After(s.leaf.Leaf.NotAfter):
		return renewed("two thirds of the leaf's life are over"), names
	}
	for _, name := range names {
		if s.leaf.Leaf.VerifyHostname(name) != nil {
			// Names that are there stay, for replicas of another opinion: those of
			// the version before, while a new one is rolled out.
			names = append(slices.Clone(names), namesOf(s.leaf.Leaf)...)
			slices.Sort(names)
			return renewed("new leaf for " + name), slices.Compact(names)
		}
	}
	return step{}, nil
}

// unusable says why a CA can not sign now; it is empty if it can.
func unusable(ca *tls.Certificate, now time.Time) string {
	switch {
	case ca == nil:
		return "there is none"
	case !ca.Leaf.IsCA:
		return "it is no CA"
	case !now.Before(ca.Leaf.NotAfter):
		return "it expired at " + ca.Leaf.NotAfter.UTC().Format(time.RFC3339)
	case now.Before(ca.Leaf.NotBefore):
		return "it is not valid before " + ca.Leaf.NotBefore.UTC().Format(time.RFC3339)
	}
	return ""
}
