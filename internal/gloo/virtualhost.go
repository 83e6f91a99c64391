package gloo

// VirtualHost is the virtual host of a VirtualService.
type VirtualHost struct{ Value }

// VirtualHost is the object's virtual host; it exists in a VirtualService only.
func (o Object) VirtualHost() (VirtualHost, bool) {
	v := o.Spec().Child("virtualHost")
	return VirtualHost{v}, o.Is(VirtualService) && v.IsMap()
}

// RequestTransforms is where the regular stage's request transformations stand.
func (h VirtualHost) RequestTransforms() *Path {
	return h.Path.Child("options", "stagedTransformations", "regular", "requestTransforms")
}

// Transforms tells whether the virtual host may have a transformation of the
// regular stage already: one of its own, one in the deprecated block, or one
// that it takes from an option object.
func (h VirtualHost) Transforms() bool {
	options := h.Child("options")
	return options.Child("stagedTransformations", "regular").Exists() ||
		options.Child("transformations").Exists() ||
		h.Child("optionsConfigRefs").Exists()
}
