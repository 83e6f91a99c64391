package faults

import (
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"testing"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/glootrace/glootrace/test/env"
)

// cable lies between glootrace and the API server.
type cable struct {
	kubeconfig string // for what is at this end
	server     string

	mu      sync.Mutex
	current *wire // of the connections that begin now
}

// wire carries some of the connections.
type wire struct {
	cut  chan struct{} // closed: they end
	hold chan struct{} // closed: bytes get through
}

func newCable(t *testing.T, e *env.Env) *cable {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.LoadFromFile(e.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	k := &cable{kubeconfig: filepath.Join(t.TempDir(), "kubeconfig"), current: newWire()}
	for _, cluster := range config.Clusters {
		u, err := url.Parse(cluster.Server)
		if err != nil {
			t.Fatal(err)
		}
		k.server, u.Host = u.Host, l.Addr().String()
		cluster.Server = u.String()
	}
	if err := clientcmd.WriteToFile(*config, k.kubeconfig); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(); k.cut() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			go k.carry(near)
		}
	}()
	return k
}

func newWire() *wire {
	w := &wire{cut: make(chan struct{}), hold: make(chan struct{})}
	close(w.hold)
	return w
}

// carry carries one connection until it is cut or one of its ends closes it.
func (k *cable) carry(near net.Conn) {
	defer near.Close()
	far, err := net.Dial("tcp", k.server)
	if err != nil {
		return
	}
	defer far.Close()
	k.mu.Lock()
	first := k.current
	k.mu.Unlock()
	ended := make(chan struct{}, 2)
	pass := func(to io.Writer, from io.Reader) {
		defer func() { ended <- struct{}{} }()
		bytes := make([]byte, 32<<10)
		for {
			n, err := from.Read(bytes)
			select {
			case <-first.gate(k):
			case <-first.cut:
				return
			}
			if _, wrong := to.Write(bytes[:n]); err != nil || wrong != nil {
				return
			}
		}
	}
	go pass(far, near)
	go pass(near, far)
	select {
	case <-ended:
	case <-first.cut:
	}
}

func (w *wire) gate(k *cable) <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	return w.hold
}

// cut ends all connections. New ones can be made.
func (k *cable) cut() {
	k.mu.Lock()
	defer k.mu.Unlock()
	close(k.current.cut)
	k.current = newWire()
}

// abandon has all connections stay, and nothing get through them ever again, as when a load balancer between forgets
// them. New ones can be made.
func (k *cable) abandon(t *testing.T) {
	k.mu.Lock()
	defer k.mu.Unlock()
	lost := k.current
	lost.hold = make(chan struct{})
	t.Cleanup(func() { close(lost.cut) })
	k.current = newWire()
}
