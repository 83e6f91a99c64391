package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/glootrace/glootrace/test/datapath"
)

// upstreamManifest is a service that answers each request with the status that its path names.
const upstreamManifest = `
apiVersion: v1
kind: Namespace
metadata: {name: upstream}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: upstream, namespace: upstream}
spec:
  selector: {matchLabels: {app: upstream}}
  template:
    metadata: {labels: {app: upstream}}
    spec:
      containers:
      - {name: upstream, image: "glootrace/upstream:1", ports: [{containerPort: 8080}], readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}}
---
apiVersion: v1
kind: Service
metadata: {name: upstream, namespace: upstream}
spec: {selector: {app: upstream}, ports: [{port: 8080}]}
`

// routesManifest is a Gateway and what it serves, without a word of tracing.
const routesManifest = `
apiVersion: gateway.solo.io/v1
kind: Gateway
metadata: {name: gateway-proxy, namespace: NAMESPACE}
spec:
  bindAddress: '::'
  bindPort: 8080
  httpGateway: {}
  proxyNames: [gateway-proxy]
---
apiVersion: gateway.solo.io/v1
kind: VirtualService
metadata: {name: default, namespace: NAMESPACE}
spec:
  virtualHost:
    domains: ['*']
    routes:
    - matchers: [{prefix: /}]
      routeAction: {single: {upstream: {name: upstream, namespace: NAMESPACE}}}
---
apiVersion: gloo.solo.io/v1
kind: Upstream
metadata: {name: upstream, namespace: NAMESPACE}
spec: {static: {hosts: [{addr: upstream.upstream, port: 8080}]}}
`

// proxyManifest is a gateway-proxy as Gloo's chart has it, short of what is of no matter here.
const proxyManifest = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: gateway-proxy, namespace: NAMESPACE}
spec:
  replicas: 1
  selector: {matchLabels: {gloo: gateway-proxy, gateway-proxy-id: gateway-proxy}}
  template:
    metadata: {labels: {gloo: gateway-proxy, gateway-proxy-id: gateway-proxy, gateway-proxy: live}}
    spec:
      terminationGracePeriodSeconds: 10
      containers:
      - name: gateway-proxy
        image: quay.io/solo-io/gloo-envoy-wrapper:1.18.3
        args: [--config-path, /etc/envoy/envoy.json, --disable-hot-restart, --concurrency, "1", --log-level, warning]
        ports: [{containerPort: 8080, name: http}]
        readinessProbe: {tcpSocket: {port: http}, periodSeconds: 1}
        lifecycle: {preStop: {sleep: {seconds: 3}}} # until nobody sends new requests here any more
        securityContext:
          {readOnlyRootFilesystem: true, runAsNonRoot: true, runAsUser: 10101, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}
        volumeMounts: [{name: envoy, mountPath: /etc/envoy}]
      volumes: [{name: envoy, configMap: {name: gateway-proxy-envoy-config}}]
---
apiVersion: v1
kind: Service
metadata: {name: gateway-proxy, namespace: NAMESPACE}
spec: {type: NodePort, selector: {gloo: gateway-proxy, gateway-proxy-id: gateway-proxy}, ports: [{port: 80, targetPort: http}]}
`

const proxyLabels = "gloo=gateway-proxy,gateway-proxy-id=gateway-proxy"

// proxy is a gateway-proxy that runs.
type proxy struct{ namespace string }

// startProxy applies Gateway, VirtualService and Upstream in a namespace, and runs an Envoy that serves what admission
// made of them. It waits until requests come through its Service.
func startProxy(t testing.TB, namespace string) proxy {
	t.Helper()
	p := applyProxy(t, namespace)
	await(t, "gateway-proxy", func(ctx context.Context) error {
		return errors.Join(available(ctx, namespace, "gateway-proxy"), p.serves(ctx)) // kube-proxy has to learn of it
	})
	return p
}

// applyProxy is startProxy that does not wait.
func applyProxy(t testing.TB, namespace string) proxy {
	t.Helper()
	in := func(manifest string) string { return strings.ReplaceAll(manifest, "NAMESPACE", namespace) }
	kubectl(t, in(routesManifest), "apply", "-f", "-")
	configMap := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "gateway-proxy-envoy-config"},
		Data:       map[string]string{"envoy.json": envoyConfig(t, namespace)},
	}
	if _, err := cluster.CoreV1().ConfigMaps(namespace).Create(t.Context(), configMap, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	kubectl(t, in(proxyManifest), "apply", "-f", "-")
	return proxy{namespace}
}

// envoyConfig is what Gloo would make of the objects of a namespace, and of glootrace's Upstreams.
func envoyConfig(t testing.TB, namespace string) string {
	t.Helper()
	var documents [][]byte
	for _, o := range []struct{ apiVersion, kind, namespace, name string }{
		{"gateway.solo.io/v1", "Gateway", namespace, "gateway-proxy"},
		{"gateway.solo.io/v1", "VirtualService", namespace, "default"},
		{"gloo.solo.io/v1", "Upstream", namespace, "upstream"},
		{"gloo.solo.io/v1", "Upstream", system, "opentelemetry-agent"},
		{"gloo.solo.io/v1", "Upstream", system, "opentelemetry-collector"},
	} {
		object, err := stored(t.Context(), o.apiVersion, o.kind, o.namespace, o.name)
		if err != nil {
			if o.namespace == system {
				continue // Gloo would not trace then
			}
			t.Fatal(err)
		}
		document, err := object.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		documents = append(documents, document)
	}
	data, err := datapath.Bootstrap(documents, nil)
	if err != nil {
		t.Fatal(err)
	}
	// It is made for loopback and for ports that the kernel chooses.
	var bootstrap struct {
		Admin   any `json:"admin"`
		Node    any `json:"node"`
		Runtime any `json:"layered_runtime"`
		Static  struct {
			Listeners []map[string]any `json:"listeners"`
			Clusters  any              `json:"clusters"`
		} `json:"static_resources"`
	}
	if err := json.Unmarshal(data, &bootstrap); err != nil {
		t.Fatal(err)
	}
	bootstrap.Static.Listeners[0]["address"] = socket("0.0.0.0", 8080)
	bootstrap.Admin = map[string]any{"address": socket("127.0.0.1", 19000)}
	if data, err = json.Marshal(bootstrap); err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func socket(host string, port int) any {
	return map[string]any{"socket_address": map[string]any{"address": host, "port_value": port}}
}

// pod is the proxy's one pod.
func (p proxy) pod(ctx context.Context) (corev1.Pod, error) {
	all, err := pods(ctx, p.namespace, proxyLabels)
	if err != nil {
		return corev1.Pod{}, err
	}
	if len(all) != 1 {
		return corev1.Pod{}, fmt.Errorf("%d pods of the proxy", len(all))
	}
	return all[0], nil
}

// get sends a request for host through the proxy's Service, with a trace id if one is given, and returns the status.
func (p proxy) get(ctx context.Context, host, path, trace string) (int, error) {
	service, err := cluster.CoreV1().Services(p.namespace).Get(ctx, "gateway-proxy", metav1.GetOptions{})
	if err != nil {
		return 0, err
	}
	address, err := nodeAddress(ctx)
	if err != nil {
		return 0, err
	}
	url := "http://" + net.JoinHostPort(address, strconv.Itoa(int(service.Spec.Ports[0].NodePort))) + path
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	r.Host = host
	if trace != "" {
		r.Header.Set("traceparent", "00-"+trace+"-00f067aa0ba902b7-01")
	}
	// A connection for each request, so that each goes where the Service leads at that moment.
	answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, err
}

// serves fails unless the proxy answers.
func (p proxy) serves(ctx context.Context) error {
	status, err := p.get(ctx, "my-host", "/", "")
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("the proxy answers %d", status)
	}
	return err
}

// nodeAddress is where the node is reached from here.
func nodeAddress(ctx context.Context) (string, error) {
	n, err := cluster.CoreV1().Nodes().Get(ctx, node, metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	for _, a := range n.Status.Addresses {
		if a.Type == corev1.NodeInternalIP {
			return a.Address, nil
		}
	}
	return "", fmt.Errorf("node %s has no address", node)
}
