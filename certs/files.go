package certs

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// files is what was read of the folder last.
type files struct {
	cert, key []byte
}

// load takes the certificate in the folder into use, if it is another one, and
// looks at what the API server trusts. It polls: the kubelet changes a mounted
// Secret by swapping a link, which a watch on the file would miss.
func (s *Source) load(ctx context.Context) error {
	err := s.loadFiles()
	if err != nil {
		err = s.metrics.failed("files", err)
	}
	return errors.Join(err, s.loadLive(ctx))
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
	if s.leaf.Swap(leaf) != nil {
		s.metrics.rotations.WithLabelValues("leaf").Inc()
	}
	s.files.cert, s.files.key = read.cert, read.key
	s.log.Info("certificate loaded", "folder", s.options.Dir, "notAfter", leaf.Leaf.NotAfter, "names", namesOf(leaf.Leaf))
	return nil
}

func readPair(dir string) (*tls.Certificate, files, error) {
	cert, err := os.ReadFile(filepath.Join(dir, leafCert))
	if err != nil {
		return nil, files{}, fmt.Errorf("reading the certificate: %w", err)
	}
	key, err := os.ReadFile(filepath.Join(dir, leafKey))
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
