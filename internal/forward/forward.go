// Package forward connects to a port of a pod through the API server, as kubectl
// port-forward does. No port of this host is opened: each connection belongs to
// whoever dialled it, ends with it, and nobody else can use it.
package forward

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/streaming/pkg/httpstream"
)

// Dial connects to a port of a pod. Permission to create pods/portforward is
// needed. That the pod does not listen there shows at the first read.
func Dial(ctx context.Context, config *rest.Config, pod types.NamespacedName, port int) (net.Conn, error) {
	type result struct {
		conn net.Conn
		err  error
	}
	dialled := make(chan result, 1)
	go func() { // the dialers of client-go know no context
		c, err := dial(config, pod, port)
		dialled <- result{c, err}
	}()
	select {
	case r := <-dialled:
		if r.err != nil {
			return nil, fmt.Errorf("connecting to port %d of pod %s: %w", port, pod, r.err)
		}
		return r.conn, nil
	case <-ctx.Done():
		go func() {
			if r := <-dialled; r.err == nil {
				r.conn.Close()
			}
		}()
		return nil, fmt.Errorf("connecting to port %d of pod %s: %w", port, pod, ctx.Err())
	}
}

func dial(config *rest.Config, pod types.NamespacedName, port int) (net.Conn, error) {
	dialer, err := dialerTo(config, pod)
	if err != nil {
		return nil, err
	}
	tunnel, _, err := dialer.Dial(portforward.PortForwardProtocolV1Name)
	if err != nil {
		return nil, err
	}
	header := http.Header{}
	header.Set(corev1.PortHeader, strconv.Itoa(port))
	header.Set(corev1.PortForwardRequestIDHeader, "0")
	header.Set(corev1.StreamType, corev1.StreamTypeError)
	faults, err := tunnel.CreateStream(header)
	if err == nil {
		faults.Close() // for writing
		header.Set(corev1.StreamType, corev1.StreamTypeData)
		var data httpstream.Stream
		if data, err = tunnel.CreateStream(header); err == nil {
			c := &conn{Stream: data, tunnel: tunnel, to: address{pod, port}, fault: make(chan error, 1)}
			go c.listen(faults)
			return c, nil
		}
	}
	tunnel.Close()
	return nil, err
}

// dialerTo speaks WebSocket, and SPDY with API servers or proxies that do not: as kubectl does.
func dialerTo(config *rest.Config, pod types.NamespacedName) (httpstream.Dialer, error) {
	config = rest.CopyConfig(config)
	config.GroupVersion, config.APIPath = &corev1.SchemeGroupVersion, "/api"
	config.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	client, err := rest.RESTClientFor(config)
	if err != nil {
		return nil, err
	}
	url := client.Post().Resource("pods").Namespace(pod.Namespace).Name(pod.Name).SubResource("portforward").URL()
	transport, upgrader, err := spdy.RoundTripperFor(config)
	if err != nil {
		return nil, err
	}
	overSPDY := spdy.NewDialerForStreaming(upgrader, &http.Client{Transport: transport}, http.MethodPost, url)
	overWebSocket, err := portforward.NewSPDYOverWebsocketDialerForStreaming(url, config)
	if err != nil {
		return nil, err
	}
	return portforward.NewFallbackDialerForStreaming(overWebSocket, overSPDY, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	}), nil
}

// conn is one stream in a tunnel of its own.
type conn struct {
	httpstream.Stream
	tunnel httpstream.Connection
	to     address
	fault  chan error // what the kubelet says, then closed
	once   sync.Once
}

// listen passes on what the kubelet says when it can not connect.
func (c *conn) listen(faults io.Reader) {
	defer close(c.fault)
	if message, err := io.ReadAll(faults); err == nil && len(message) > 0 {
		c.fault <- errors.New(string(message))
		c.Close()
	}
}

// Read fails with what the kubelet says, if it says something.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Stream.Read(p)
	return n, c.why(err)
}

// Write likewise.
func (c *conn) Write(p []byte) (int, error) {
	n, err := c.Stream.Write(p)
	return n, c.why(err)
}

// why is the kubelet's reason for the end of a stream, or that it ended.
func (c *conn) why(err error) error {
	if err == nil {
		return nil
	}
	select {
	case fault, said := <-c.fault:
		if said {
			return fault
		}
	case <-time.After(faultWithin):
	}
	return err
}

// faultWithin is how long after the end of the data the kubelet may take to say why.
// Where it says nothing, the end of its stream of faults comes with the data's.
const faultWithin = 5 * time.Second

// Close ends the tunnel too.
func (c *conn) Close() (err error) {
	c.once.Do(func() { err = c.tunnel.Close() })
	return err
}

// address is a net.Addr.
type address struct {
	pod  types.NamespacedName
	port int
}

func (a address) Network() string { return "tcp" }
func (a address) String() string  { return fmt.Sprintf("%s:%d", a.pod, a.port) }

func (c *conn) LocalAddr() net.Addr  { return address{} }
func (c *conn) RemoteAddr() net.Addr { return c.to }

// There are no deadlines: whoever waits closes the connection.
func (c *conn) SetDeadline(time.Time) error      { return os.ErrNoDeadline }
func (c *conn) SetReadDeadline(time.Time) error  { return os.ErrNoDeadline }
func (c *conn) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }
