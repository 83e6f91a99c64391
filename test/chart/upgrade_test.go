package chart

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/test/env"
	"github.com/glootrace/glootrace/test/port"
)

// before is the chart as it was released before, packaged by `helm package`.
const before = "testdata/before/glootrace-0.1.0.tgz"

// The webhook is called through the chart's own configurations and Service. The test stands in for the controllers and
// the kubelet only: it runs what the Deployment says, with the permissions of its service account, and keeps the
// Service's endpoints.
func TestUpgradeFromTheChartBeforeLosesNoAdmission(t *testing.T) {
	e, c := cluster(t)
	withEachHelm(t, func(t *testing.T, h *env.Helm) {
		uninstallAtTheEnd(t, h, e)
		helm(t, h, e, "install", release, before)
		old := []*replica{startReplica(t, e, c), startReplica(t, e, c)}
		for _, r := range old {
			r.ready(t, c)
		}
		eventually(t, "the first admission", func() error { return admit(t.Context(), c) })

		load := startLoad(t, c)
		load.more(t, 50)
		helm(t, h, e, "upgrade", release, chartDir, "--set", "webhook.timeoutSeconds=5")
		load.more(t, 50)
		var going sync.WaitGroup
		for _, r := range old {
			startReplica(t, e, c).ready(t, c)
			going.Go(func() { r.end(t, c) })
		}
		going.Wait()
		load.more(t, 50)
		admitted, failed := load.end()
		if len(failed) > 0 {
			t.Errorf("%d of %d admissions were lost: %v", len(failed), admitted+len(failed), errors.Join(failed[:min(3, len(failed))]...))
		}
		t.Logf("%d admissions", admitted)
	})
}

// replica is a pod of the webhook.
type replica struct {
	cmd     *exec.Cmd
	health  string
	slice   *discoveryv1.EndpointSlice
	preStop time.Duration
	once    sync.Once
}

// startReplica does what the Deployment says at this moment.
func startReplica(t *testing.T, e *env.Env, c client.Client) *replica {
	t.Helper()
	binary, err := e.Glootrace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	pod, policy := installed(t, c)
	policyFile := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(policyFile, []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	free, err := port.Free(hostIP(t), 3)
	if err != nil {
		t.Fatal(err)
	}
	ip, serving, _ := net.SplitHostPort(free[0])
	number, _ := strconv.Atoi(serving)
	container := pod.Containers[0]
	r := &replica{
		health:  free[1],
		preStop: time.Duration(container.Lifecycle.PreStop.Sleep.Seconds) * time.Second,
		slice: &discoveryv1.EndpointSlice{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: namespace, Name: release + "-" + serving, Labels: map[string]string{discoveryv1.LabelServiceName: release},
			},
			AddressType: discoveryv1.AddressTypeIPv4,
			Endpoints:   []discoveryv1.Endpoint{{Addresses: []string{ip}, Conditions: discoveryv1.EndpointConditions{Ready: new(true)}}},
			Ports:       []discoveryv1.EndpointPort{{Name: new("webhook"), Port: new(int32(number)), Protocol: new(corev1.ProtocolTCP)}},
		},
	}
	// Of a flag that is there twice the last one counts: these are what is different here.
	args := append(container.Args, "--kubeconfig="+kubeconfigOf(t, e, c, namespace, pod.ServiceAccountName), "--policy="+policyFile,
		"--bind-address="+ip, "--port="+serving, "--health-address="+r.health, "--metrics-address="+free[2])
	r.cmd = exec.Command(binary, args...)
	r.cmd.Env = append(os.Environ(), "POD_NAMESPACE="+namespace)
	r.cmd.Stdout, r.cmd.Stderr = t.Output(), t.Output()
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.end(t, c) })
	return r
}

// ready waits for the replica and gives the Service its endpoint.
func (r *replica) ready(t *testing.T, c client.Client) {
	t.Helper()
	eventually(t, "a replica that is ready", func() error {
		response, err := http.Get("http://" + r.health + "/readyz")
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return errors.New(response.Status)
		}
		return nil
	})
	if err := c.Create(t.Context(), r.slice); err != nil {
		t.Fatal(err)
	}
}

// end takes the endpoint away and, after the time that the kubelet gives, ends the process.
func (r *replica) end(t *testing.T, c client.Client) {
	r.once.Do(func() {
		ctx := context.WithoutCancel(t.Context())
		if err := client.IgnoreNotFound(c.Delete(ctx, r.slice)); err != nil {
			t.Error(err)
		}
		if t.Context().Err() == nil { // at the end of the test nobody calls any more
			time.Sleep(r.preStop)
		}
		if err := env.End(r.cmd); err != nil {
			t.Errorf("glootrace webhook: %v", err)
		}
	})
}

// admit has an object admitted that gets a collector, and one that is refused. Neither is stored.
func admit(ctx context.Context, c client.Client) error {
	gateway := func(tracing map[string]any) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "gateway.solo.io/v1", "kind": "Gateway", "metadata": map[string]any{"name": "load", "namespace": namespace},
			"spec": map[string]any{"httpGateway": map[string]any{"options": map[string]any{"httpConnectionManagerSettings": map[string]any{"tracing": tracing}}}},
		}}
	}
	good, bad := gateway(map[string]any{}), gateway(map[string]any{"openTelemetryConfig": map[string]any{}})
	if err := c.Create(ctx, good, client.DryRunAll); err != nil {
		return err
	}
	if _, found, _ := unstructured.NestedMap(good.Object, "spec", "httpGateway", "options", "httpConnectionManagerSettings", "tracing", "openTelemetryConfig"); !found {
		return errors.New("a Gateway has got no collector")
	}
	if err := c.Create(ctx, bad, client.DryRunAll); !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "GT103") {
		return fmt.Errorf("a Gateway was not refused for GT103 but: %v", err)
	}
	return nil
}

// load is admissions one after the other, without end.
type load struct {
	stop     context.CancelFunc
	ended    chan struct{}
	mu       sync.Mutex
	admitted int
	failed   []error
}

func startLoad(t *testing.T, c client.Client) *load {
	ctx, stop := context.WithCancel(t.Context())
	l := &load{stop: stop, ended: make(chan struct{})}
	go func() {
		defer close(l.ended)
		for ctx.Err() == nil {
			err := admit(context.WithoutCancel(ctx), c)
			l.mu.Lock()
			if err == nil {
				l.admitted++
			} else {
				l.failed = append(l.failed, err)
			}
			l.mu.Unlock()
		}
	}()
	t.Cleanup(func() { l.end() })
	return l
}

// more waits until so many more have been tried.
func (l *load) more(t *testing.T, n int) {
	t.Helper()
	tried := func() int { l.mu.Lock(); defer l.mu.Unlock(); return l.admitted + len(l.failed) }
	goal := tried() + n
	eventually(t, fmt.Sprintf("%d admissions", n), func() error {
		if have := tried(); have < goal {
			return fmt.Errorf("%d are missing", goal-have)
		}
		return nil
	})
}

func (l *load) end() (admitted int, failed []error) {
	l.stop()
	<-l.ended
	return l.admitted, l.failed
}

// eventually waits until try gives no error.
func eventually(t *testing.T, what string, try func() error) {
	t.Helper()
	var last error
	err := wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, time.Minute, true, func(context.Context) (bool, error) {
		last = try()
		return last == nil, nil
	})
	if err != nil {
		t.Fatalf("waiting for %s: %v; last: %v", what, err, last)
	}
}

// hostIP is an address of this host that may be an endpoint, which loopback may not.
func hostIP(t *testing.T) string {
	t.Helper()
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() && n.IP.To4() != nil {
			return n.IP.String()
		}
	}
	t.Skip("this host has no IPv4 address but loopback's, and Kubernetes takes no endpoint there")
	return ""
}
