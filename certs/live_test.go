package certs

import (
	"crypto/x509"
	"strings"
	"testing"
	"time"
)

func TestStaleIsTheOlderOfLeafAndBundle(t *testing.T) {
	older, err := newCA(start.Add(-day), Timing{}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	younger, err := newCA(start.Add(day), Timing{}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	mine := fresh(t)
	for name, c := range map[string]struct {
		bundle []*x509.Certificate
		host   string
		after  time.Duration
		want   string
	}{
		"trusted":               {[]*x509.Certificate{older.Leaf, mine.ca.Leaf}, names[0], 2 * day, ""},
		"no bundle":             {nil, names[0], 0, "bundle of it is stale: it is empty"},
		"bundle of the past":    {[]*x509.Certificate{older.Leaf}, names[0], 0, "bundle of it is stale: the served certificate is younger"},
		"leaf of the past":      {[]*x509.Certificate{younger.Leaf}, names[0], 2 * day, "served certificate is stale: the CA bundle of it is younger"},
		"leaf for another name": {[]*x509.Certificate{mine.ca.Leaf}, "other.svc", 0, "served certificate is stale: it is not for the host"},
		"leaf has expired":      {[]*x509.Certificate{mine.ca.Leaf}, names[0], 8 * day, "served certificate is stale: it expired"},
	} {
		t.Run(name, func(t *testing.T) {
			l := Live{hooks: []hook{{name: "it", at: Address{Host: c.host}, bundle: encodeCerts(c.bundle...), cas: c.bundle}}}
			_, err := l.Verify(mine.leaf, start.Add(c.after))
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
