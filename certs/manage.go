package certs

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// manage takes Secret, bundles and served leaf one step on. What is to be is
// decided in the Secret, by one write that fails if another replica was faster;
// the bundles follow from the Secret; the served leaf follows from both. So it
// does not matter how many replicas do this, or after which line one dies.
func (s *Source) manage(ctx context.Context) error {
	o := s.options
	now := o.Timing.Now()
	live, err := ReadLive(ctx, s.client, o.Webhooks, false) // before the Secret: see live.write
	if err != nil {
		return s.metrics.failed("live", err)
	}
	s.live.Store(live)
	s.trust.observe(live, now)

	secret, fresh, err := s.readSecret(ctx)
	if err != nil {
		return s.metrics.failed("secret", err)
	}
	if fresh && s.bides(live, now) {
		return live.Complete()
	}
	if !fresh {
		s.goneSince = time.Time{}
	}
	stored, faults := decode(secret)
	wanted, steps, err := stored.advance(o.Names, o.Timing, view{
		now:    now,
		held:   func(c *x509.Certificate) time.Duration { return s.trust.held(c, now) },
		live:   live.all(),
		faults: faults,
	})
	if err != nil {
		return s.metrics.failed("secret", err)
	}
	var errs []error
	if len(steps) > 0 {
		if err := s.writeSecret(ctx, secret, fresh, wanted); err != nil {
			if wanted = stored; conflict(err) || stored.ca == nil || stored.leaf == nil {
				return s.metrics.failed("secret", err)
			}
			errs = append(errs, s.metrics.failed("secret", err)) // what is stored still serves
			steps = nil
		}
	}
	for _, step := range steps {
		s.tell(ctx, step)
	}

	written, err := live.write(ctx, s.client, wanted.bundle())
	if err != nil {
		errs = append(errs, s.metrics.failed("bundle", err))
	}
	if len(written) > 0 {
		s.metrics.bundles.Inc()
		s.log.Info("CA bundle written", "to", written)
	}
	s.serve(wanted, live, now)
	return errors.Join(append(errs, live.Complete())...)
}

// readSecret reads the Secret, or starts one. One that is somebody else's is an error.
func (s *Source) readSecret(ctx context.Context) (secret *corev1.Secret, fresh bool, err error) {
	namespace, name := s.options.Namespace, s.options.Secret
	secret = &corev1.Secret{}
	switch err := s.client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, secret); {
	case apierrors.IsNotFound(err):
		return emptySecret(namespace, name), true, nil
	case err != nil:
		return nil, false, fmt.Errorf("reading Secret %s/%s: %w", namespace, name, err)
	case secret.Annotations[marked] != markValue:
		if !s.refused { // once, not at each pass
			s.tell(ctx, step{reason: "NotOurs", note: notOurs, warn: true})
		}
		s.refused = true
		return nil, false, fmt.Errorf("secret %s/%s: %s", namespace, name, notOurs)
	}
	s.refused = false
	return secret, false, nil
}

// bides tells whether to wait before a Secret that is gone is made anew. It may
// have gone with the whole release, whose replicas are about to end: theirs would
// be left behind, and stand in the way of the next release. There is no hurry as
// long as what is served is trusted.
func (s *Source) bides(live *Live, now time.Time) bool {
	served := s.leaf.Load()
	if served == nil {
		return false
	}
	if s.goneSince.IsZero() {
		s.goneSince = now
		s.log.Info("the Secret is gone; it is made anew if it stays away", "namespace", s.options.Namespace, "secret", s.options.Secret, "for", s.options.Timing.Absence.String())
	}
	t := s.options.Timing
	_, err := live.Verify(served, now.Add(t.Absence+t.Interval+t.Skew))
	return err == nil && now.Sub(s.goneSince) < t.Absence
}

func (s *Source) writeSecret(ctx context.Context, before *corev1.Secret, fresh bool, wanted state) error {
	secret, err := wanted.encode(before)
	if err != nil {
		return err
	}
	write := func() error { return s.client.Update(ctx, secret) } // of the version that was read, or none
	if fresh {
		write = func() error { return s.client.Create(ctx, secret) }
	}
	switch err := write(); {
	case fresh && apierrors.IsForbidden(err): // the chart makes it, and gives no right to
		return fmt.Errorf("secret %s/%s does not exist, and may not be created here (helm upgrade makes it): %w", secret.Namespace, secret.Name, err)
	case err != nil:
		return fmt.Errorf("writing Secret %s/%s: %w", secret.Namespace, secret.Name, err)
	}
	return nil
}

// serve takes the leaf of the Secret into use. As long as the leaf in use is
// trusted, another one has to wait until its CA has been trusted for the overlap:
// a Secret that was made anew, or brought back, costs no request. Trusted is what
// will still be so at the next pass, by whatever clock.
func (s *Source) serve(wanted state, live *Live, now time.Time) {
	if served := s.leaf.Load(); served != nil {
		if served.Leaf.Equal(wanted.leaf.Leaf) || verify(wanted.leaf, pool(wanted.ca.Leaf), "", now) != nil {
			return
		}
		t := s.options.Timing
		if _, err := live.Verify(served, now.Add(t.Interval+t.Skew)); err == nil && s.trust.held(wanted.ca.Leaf, now) < t.Overlap {
			return
		}
	}
	s.leaf.Store(wanted.leaf)
	s.log.Info("serving another leaf", "notAfter", wanted.leaf.Leaf.NotAfter, "names", namesOf(wanted.leaf.Leaf))
}

// conflict tells that another replica was faster, which is no failure.
func conflict(err error) bool { return apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) }
