package env

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/internal/forward"
)

func TestPortsOfPodsAreForwarded(t *testing.T) {
	e, err := Start(t.Context(), Options{Progress: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Stop(); err != nil {
			t.Error(err)
		}
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() { // an echo
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { defer c.Close(); io.Copy(c, c) }()
		}
	}()
	n, err := e.Node(t.Context(), "here", func(_ types.NamespacedName, port int) (string, error) {
		switch port {
		case 80:
			return listener.Addr().String(), nil
		case 81:
			return "127.0.0.1:1", nil
		}
		return "", errors.New("no such port")
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(e.Config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "a.pod"},
		Spec: corev1.PodSpec{NodeName: n.Name, Containers: []corev1.Container{{Name: "c", Image: "c"}}}}
	if err := c.Create(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	pod.Status.Phase = corev1.PodRunning
	if err := c.Status().Update(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	key := types.NamespacedName{Namespace: pod.Namespace, Name: pod.Name}
	conn, err := forward.Dial(t.Context(), e.Config, key, 80)
	if err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, len("hello"))
	if _, err := conn.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != "hello" {
		t.Errorf("got %q, %v", answer, err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	for port, want := range map[int]string{81: "connection refused", 82: "no such port"} {
		conn, err := forward.Dial(t.Context(), e.Config, key, port)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(answer); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("port %d: got %v, want %s", port, err, want)
		}
		conn.Close()
	}
	if _, err := forward.Dial(t.Context(), e.Config, types.NamespacedName{Namespace: "default", Name: "nobody"}, 80); err == nil || !strings.Contains(err.Error(), `pods "nobody" not found`) {
		t.Errorf("of a pod that does not exist: %v", err)
	}
}
