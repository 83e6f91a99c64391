package env

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/cert"
	"k8s.io/cri-streaming/pkg/streaming/portforward"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Node stands in for a kubelet in one thing: the API server forwards connections to the ports of its pods, which are
// processes of this host. The server of that is Kubernetes' own. No container runs: tests make pods with this node's
// name and write their status.
type Node struct {
	Name string
	// Address says where a port of a pod is on this host, as host:port.
	Address func(pod types.NamespacedName, port int) (string, error)

	server *http.Server
	open   atomic.Int64
}

// Open is how many connections to ports of its pods are forwarded now.
func (n *Node) Open() int { return int(n.open.Load()) }

// Node registers a node at the API server. It ends with Close, or with ctx.
func (e *Env) Node(ctx context.Context, name string, address func(types.NamespacedName, int) (string, error)) (*Node, error) {
	crt, key, err := cert.GenerateSelfSignedCertKey("localhost", []net.IP{net.IPv4(127, 0, 0, 1)}, nil)
	if err != nil {
		return nil, fmt.Errorf("certificate of the node: %w", err)
	}
	pair, err := tls.X509KeyPair(crt, key)
	if err != nil {
		return nil, fmt.Errorf("certificate of the node: %w", err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"http/1.1"}})
	if err != nil {
		return nil, fmt.Errorf("node: %w", err)
	}
	n := &Node{Name: name, Address: address}
	mux := http.NewServeMux()
	mux.HandleFunc("/portForward/{namespace}/{pod}", n.portForward)
	mux.HandleFunc("/portForward/{namespace}/{pod}/{uid}", n.portForward)
	n.server = &http.Server{Handler: mux}
	go n.server.Serve(listener)
	context.AfterFunc(ctx, func() { n.Close() })

	c, err := client.New(e.Config, client.Options{})
	if err != nil {
		return nil, errors.Join(err, n.Close())
	}
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if err := c.Create(ctx, node); err != nil {
		return nil, errors.Join(fmt.Errorf("node: %w", err), n.Close())
	}
	node.Status.Addresses = []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "127.0.0.1"}}
	node.Status.DaemonEndpoints.KubeletEndpoint.Port = int32(listener.Addr().(*net.TCPAddr).Port)
	if err := c.Status().Update(ctx, node); err != nil {
		return nil, errors.Join(fmt.Errorf("node: %w", err), n.Close())
	}
	return n, nil
}

// Close ends it, and the connections that it forwards. The Node object stays.
func (n *Node) Close() error { return n.server.Close() }

const (
	idleTimeout   = time.Hour
	streamTimeout = 30 * time.Second
)

func (n *Node) portForward(w http.ResponseWriter, r *http.Request) {
	options, err := portforward.NewV4Options(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	pod := r.PathValue("namespace") + "/" + r.PathValue("pod")
	portforward.ServePortForward(w, r, n, pod, r.PathValue("uid"), options, idleTimeout, streamTimeout, portforward.SupportedProtocols)
}

// PortForward connects a stream to the process that stands for a port of a pod.
func (n *Node) PortForward(ctx context.Context, name, _ string, port int32, stream io.ReadWriteCloser) error {
	defer stream.Close()
	n.open.Add(1)
	defer n.open.Add(-1)
	namespace, pod, _ := strings.Cut(name, "/")
	address, err := n.Address(types.NamespacedName{Namespace: namespace, Name: pod}, int(port))
	if err != nil {
		return err
	}
	to, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer to.Close()
	go func() { io.Copy(to, stream); to.(*net.TCPConn).CloseWrite() }()
	io.Copy(stream, to) // either side may go away when it likes
	return nil
}
