package certs

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/glootrace/glootrace/internal/regular"
)

// files is what was read of the folder last.
type files struct {
	cert, key []byte
}

// load takes the certificate in the folder into use, if it is another one, and
// looks at what the API server trusts. It polls: the kubelet changes a mounted
// Secret by swapping a link, which a watch on the file would miss.
func (s *Source) load(ctx context.Context) error {
	unread := s.loadLive(ctx) // first: a new certificate is held to it
	err := s.loadFiles()
	if err != nil {
		err = s.metrics.failed("files", err)
	}
	return errors.Join(err, unread)
}

func (s *Source) loadFiles() error {
	leaf, read, err := readPair(s.options.Dir)
	if err != nil {
		if leaf, read, err = readPair(s.options.Dir); err != nil { // at first it may have been between two swaps
			return err
		}
	}
	if bytes.Equal(read.cert, s.files.cert) && bytes.Equal(read.key, s.files.key) {
		return nil
	}
	if err := s.worse(leaf); err != nil {
		return err
	}
	if s.leaf.Swap(leaf) != nil {
		s.metrics.rotations.WithLabelValues("leaf").Inc()
	}
	s.files.cert, s.files.key = read.cert, read.key
	s.log.Info("certificate loaded", "folder", s.options.Dir, "notAfter", leaf.Leaf.NotAfter, "names", namesOf(leaf.Leaf))
	return nil
}

// worse says why a certificate must not take the place of the one in use: the API
// server trusts that one, and would not trust this. It may do so later, when the
// bundle follows, or when the one in use has expired.
func (s *Source) worse(next *tls.Certificate) error {
	if s.Healthy() != nil {
		return nil
	}
	if _, err := s.trusted(next); err != nil {
		return fmt.Errorf("the new certificate in %s is not taken into use, and the one before stays, which the API server trusts until %s: with the new one, %w",
			s.options.Dir, s.leaf.Load().Leaf.NotAfter.UTC().Format(time.RFC3339), err)
	}
	return nil
}

// maxFile is more than a Secret can hold, in bytes.
const maxFile = 2 << 20

func readPair(dir string) (*tls.Certificate, files, error) {
	cert, err := regular.Read(filepath.Join(dir, leafCert), maxFile)
	if err != nil {
		return nil, files{}, fmt.Errorf("reading the certificate: %w", err)
	}
	key, err := regular.Read(filepath.Join(dir, leafKey), maxFile)
	if err != nil {
		return nil, files{}, fmt.Errorf("reading the certificate's key: %w", err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, files{}, fmt.Errorf("%s and %s in %s: %w", leafCert, leafKey, dir, err)
	}
	return &pair, files{cert: cert, key: key}, nil
}

// loadLive reads what the API server trusts. Who may not read it can not know,
// and is not held to it.
func (s *Source) loadLive(ctx context.Context) error {
	if s.options.Webhooks == "" {
		return nil
	}
	live, err := ReadLive(ctx, s.client, s.options.Webhooks, true)
	if apierrors.IsForbidden(err) {
		if !s.blind.Swap(true) {
			s.log.Info("readiness does not know what the API server trusts", "reason", err.Error())
		}
		s.live.Store(nil)
		return nil
	}
	if err != nil {
		return s.metrics.failed("live", err)
	}
	s.live.Store(live)
	s.blind.Store(false)
	return nil
}
