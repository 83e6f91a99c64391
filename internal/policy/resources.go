package policy

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
)

// leastMemory is a limit in which not even a small build of the collector starts.
var leastMemory = resource.MustParse("4Mi")

// wrongResources adds what in the resources of a container the API server would
// refuse, and with it each pod that has it: k8s.io/kubernetes, pkg/apis/core/validation,
// ValidateContainerResourceRequirements, which is in none of its libraries.
func wrongResources(r corev1.ResourceRequirements, add func(field, format string, args ...any)) {
	for field, list := range map[string]corev1.ResourceList{"requests": r.Requests, "limits": r.Limits} {
		for name, quantity := range list {
			at := "agent.resources." + field + "." + string(name)
			if !ofContainers(name) {
				add(at, "the agent takes cpu, memory, ephemeral-storage, or a resource of a domain such as example.com/device: remove it")
				continue
			}
			if quantity.Sign() < 0 {
				add(at, "%s is less than 0", &quantity)
			}
			if extended(name) && quantity.MilliValue()%1000 != 0 {
				add(at, "%s is no whole number", &quantity)
			}
		}
	}
	for name, request := range r.Requests {
		limit, limited := r.Limits[name]
		switch at := "agent.resources.requests." + string(name); {
		case limited && request.Cmp(limit) > 0:
			add(at, "%s is more than the limit, %s", &request, &limit)
		case extended(name) && (!limited || request.Cmp(limit) != 0):
			add(at, "such a resource is had whole or not at all: set limits.%s to %s too", name, &request)
		}
	}
	if limit := r.Limits[corev1.ResourceMemory]; limit.Sign() > 0 && limit.Cmp(leastMemory) < 0 {
		add("agent.resources.limits.memory", "no collector starts in %s; the default is 256Mi", &limit)
	}
	if len(r.Claims) > 0 {
		add("agent.resources.claims", "they are names of a pod's resourceClaims, of which the agent brings none: remove them")
	}
}

// ofContainers tells whether a container can have a resource at all.
func ofContainers(name corev1.ResourceName) bool {
	if !strings.Contains(string(name), "/") {
		return slices.Contains([]corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory, corev1.ResourceEphemeralStorage}, name)
	}
	// A quota's name of it has to be one too.
	return len(validation.IsQualifiedName(string(name))) == 0 &&
		(!extended(name) || len(validation.IsQualifiedName("requests."+string(name))) == 0 && !strings.HasPrefix(string(name), "requests."))
}

// extended tells whether a resource is counted in whole pieces, which are not lent twice.
func extended(name corev1.ResourceName) bool {
	return strings.Contains(string(name), "/") && !strings.Contains(string(name), "kubernetes.io/")
}
