package faults

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"testing"
	"time"
)

// TestMalformedTLS has clients that do not get as far as a review. Each is counted, and nobody else is hindered.
func TestMalformedTLS(t *testing.T) {
	w, c := webhook(t, shared(t), ""), newSender()
	failed := func(reason string) float64 {
		return metric(t, w, "glootrace_tls_handshake_failures_total", `reason="`+reason+`"`)
	}
	hello := "\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03" // as a client's begins
	for name, bytes := range map[string]string{
		"HTTP without TLS":        "POST /mutate HTTP/1.1\r\nHost: it\r\n\r\n",
		"HTTP/2 without TLS":      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"SSH":                     "SSH-2.0-OpenSSH_9.9\r\n",
		"zeros":                   string(make([]byte, 4096)),
		"half a hello":            hello,
		"a hello that is garbage": hello + string(make([]byte, 0xf4)),
		"a record too large":      "\x16\x03\x01\xff\xff" + string(make([]byte, 0xffff)),
		"SSL 2":                   "\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10\x01\x00\x80",
	} {
		before := failed("other")
		conn, err := net.Dial("tcp", w.Address)
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		conn.Write([]byte(bytes)) // it may be refused before it is all there
		conn.(*net.TCPConn).CloseWrite()
		eventually(t, "a count of "+name, func() bool { return failed("other") == before+1 })
		conn.Close()
	}
	for name, config := range map[string]*tls.Config{
		"TLS 1.1":         {InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11},
		"HTTP/2":          {InsecureSkipVerify: true, NextProtos: []string{"h2"}},
		"a cipher of old": {InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_RC4_128_SHA}},
	} {
		before := failed("other")
		if conn, err := tls.Dial("tcp", w.Address, config); err == nil {
			conn.Close()
			t.Errorf("%s is served", name)
		}
		eventually(t, "a count of "+name, func() bool { return failed("other") == before+1 })
	}
	// An API server whose CA bundle is another's.
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		before := failed("untrusted")
		if conn, err := tls.Dial("tcp", w.Address, &tls.Config{RootCAs: x509.NewCertPool(), MaxVersion: version}); err == nil {
			conn.Close()
			t.Error("a certificate is trusted without a CA")
		}
		eventually(t, "a count of distrust", func() bool { return failed("untrusted") == before+1 })
	}
	if r := ask(t, c, w, "/mutate", proxy); len(r.Patch) == 0 || !isReady(t, w) {
		t.Errorf("afterwards a proxy's pod gets no agent: %v", r)
	}
}
