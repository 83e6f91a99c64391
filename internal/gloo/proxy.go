package gloo

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validation"
)

// The labels of a proxy's pods.
const (
	proxyLabel = "gloo"
	// ProxyIDLabel names the proxy, which is also the name of its Envoy container.
	ProxyIDLabel = "gateway-proxy-id"
)

// proxyLabelValues: Gloo's own gateway-proxy, and the proxies of Kubernetes Gateways.
var proxyLabelValues = []string{"gateway-proxy", "kube-gateway"}

// Proxy is a pod that runs a gateway's Envoy, or the template of such pods.
type Proxy struct {
	// Metadata and Spec are the pod's.
	Metadata, Spec Value
	labels         map[string]string
	// workload has the annotations of the Deployment or DaemonSet around the pod.
	workload map[string]string
}

// Proxy views a proxy's pod, or a Deployment or DaemonSet of such pods.
func (o Object) Proxy() (Proxy, bool) {
	pod, workload := o.root, map[string]string(nil)
	switch {
	case o.Kind == Pod && o.APIVersion == "v1":
	case (o.Kind == "Deployment" || o.Kind == "DaemonSet") && o.APIVersion == "apps/v1":
		pod = o.Spec().Child("template")
		workload = o.Annotations()
	default:
		return Proxy{}, false
	}
	p := Proxy{Metadata: pod.Child("metadata"), Spec: pod.Child("spec"), workload: workload}
	p.labels = p.Metadata.Child("labels").Texts()
	return p, p.Spec.IsMap() && IsProxy(p.labels)
}

// IsProxy tells whether pods with these labels are a proxy's.
func IsProxy(labels map[string]string) bool {
	return slices.Contains(proxyLabelValues, labels[proxyLabel])
}

// ID is the proxy's name, empty if the pod does not say.
func (p Proxy) ID() string { return p.labels[ProxyIDLabel] }

// Annotations are the pod's annotations, and those of the workload around it
// that the pod does not set itself.
func (p Proxy) Annotations() map[string]string {
	annotations := map[string]string{}
	maps.Copy(annotations, p.workload)
	maps.Copy(annotations, p.Metadata.Child("annotations").Texts())
	return annotations
}

// HostNetwork tells whether the pod lives in its node's network.
func (p Proxy) HostNetwork() bool {
	on, _ := p.Spec.Child("hostNetwork").Bool()
	return on
}

// Containers are the pod's containers and init containers.
func (p Proxy) Containers() []Value {
	return append(p.Spec.Child("initContainers").Items(), p.Spec.Child("containers").Items()...)
}

// Container is the container or init container of a name.
func (p Proxy) Container(name string) (Value, bool) {
	for _, c := range p.Containers() {
		if c.Child("name").Text() == name {
			return c, true
		}
	}
	return Value{}, false
}

// Envoy is the container that runs Envoy: the one called like the proxy, or the
// only one that there is.
func (p Proxy) Envoy() (Value, bool) {
	if c, ok := p.Container(p.ID()); ok && p.ID() != "" {
		return c, true
	}
	if cs := p.Spec.Child("containers").Items(); len(cs) == 1 {
		return cs[0], true
	}
	return Value{}, false
}

// PortTaken finds the declaration of one of the ports in the pod's containers.
func (p Proxy) PortTaken(ports []int) (Value, bool) {
	for _, c := range p.Containers() {
		for _, declared := range c.Child("ports").Items() {
			n, _ := declared.Child("containerPort").Number()
			if slices.Contains(ports, int(n)) && declared.Child("protocol").Text() != "UDP" {
				return declared.Child("containerPort"), true
			}
		}
	}
	return Value{}, false
}

// Windows is the field that says that the pod runs on Windows, if one does.
func (p Proxy) Windows() (Value, bool) {
	for _, os := range []Value{p.Spec.Child("os", "name"), p.Spec.Child("nodeSelector", corev1.LabelOSStable)} {
		if os.Text() == string(corev1.Windows) {
			return os, true
		}
	}
	return Value{}, false
}

// Mirror is the annotation by which a pod is only the image of one that a node
// has from a file of its own, if it has it.
func (p Proxy) Mirror() (Value, bool) {
	v := p.Metadata.Child("annotations", corev1.MirrorPodAnnotationKey)
	return v, v.Exists()
}

// RoomFor tells whether the API server takes so many bytes more of annotations.
func RoomFor(bytes int, annotations Value) bool {
	annotations.Fields(func(name string, v Value) { bytes += len(name) + len(v.Text()) })
	return bytes <= validation.TotalAnnotationSizeLimitB
}

// NoAgent says why a pod cannot have an agent; the values are a fixed list that
// serves as a metric's label.
type NoAgent string

// The reasons; empty if there is none.
const (
	OnHostNetwork NoAgent = "host-network"
	AgentPortUsed NoAgent = "port-taken"
	OtherAgent    NoAgent = "agent-present"
	OnWindows     NoAgent = "windows"
	IsMirror      NoAgent = "static-pod"
	NoAnnotation  NoAgent = "annotations-full"
	OverBudget    NoAgent = "pod-resources"
	GatewayOnPort NoAgent = "gateway-port"
)

// Ready tells whether a pod is ready, by its status.
func (o Object) Ready() bool {
	for _, c := range o.root.Child("status", "conditions").Items() {
		if c.Child("type").Text() == "Ready" {
			return c.Child("status").Text() == "True" && !o.Deleting
		}
	}
	return false
}

// Finished tells whether a pod has ended for good, by its status.
func (o Object) Finished() bool {
	phase := o.root.Child("status", "phase").Text()
	return phase == "Succeeded" || phase == "Failed"
}

// Workload is the Deployment, DaemonSet or StatefulSet that a pod is of, by its
// owner and the label that a Deployment gives its pods; empty if it is of none.
func (o Object) Workload() (kind, name string) {
	for _, owner := range o.root.Child("metadata", "ownerReferences").Items() {
		switch kind, name := owner.Child("kind").Text(), owner.Child("name").Text(); kind {
		case "DaemonSet", "StatefulSet":
			return kind, name
		case "ReplicaSet":
			if of, ok := strings.CutSuffix(name, "-"+o.Labels()["pod-template-hash"]); ok {
				return "Deployment", of
			}
		}
	}
	return "", ""
}
