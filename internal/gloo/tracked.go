package gloo

import "slices"

// Marks that deployment tools leave on objects.
const (
	argoTracking  = "argocd.argoproj.io/tracking-id"
	argoManager   = "argocd-controller"
	instanceLabel = "app.kubernetes.io/instance"
	argoInstance  = "argocd.argoproj.io/instance"
	helmRelease   = "meta.helm.sh/release-name"
	fluxKustomize = "kustomize.toolkit.fluxcd.io/name"
	fluxHelm      = "helm.toolkit.fluxcd.io/name"
)

// ArgoTracks tells by which mark Argo CD tracks the object, and whether it
// seems to. Its annotation, the label that its documentation proposes for its own
// and its name as a field manager are certain. The label that it tracks by unless told otherwise (Argo CD before 3.0) is on
// objects of others too, so it counts unless Helm or Flux have left their own
// mark: an object of Argo CD taken for another's would be synced for ever.
func (o Object) ArgoTracks() (mark string, ok bool) {
	annotations, labels := o.Annotations(), o.Labels()
	if annotations[argoTracking] != "" {
		return "annotation " + argoTracking, true
	}
	if labels[argoInstance] != "" {
		return "label " + argoInstance, true
	}
	managers := o.root.Child("metadata", "managedFields").Items()
	if slices.ContainsFunc(managers, func(m Value) bool { return m.Child("manager").Text() == argoManager }) {
		return "field manager " + argoManager, true
	}
	others := annotations[helmRelease] + labels[fluxKustomize] + labels[fluxHelm]
	return "label " + instanceLabel, labels[instanceLabel] != "" && others == ""
}
