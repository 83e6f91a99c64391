package check

import (
	utilversion "k8s.io/apimachinery/pkg/util/version"
)

func apiServer(f *facts) verdict { return ok("%s at %s", f.version.GitVersion, f.server) }

// Since these versions Kubernetes has, switched on by default, what glootrace uses.
var (
	matchConditions = utilversion.MustParseGeneric("1.30")
	nativeSidecars  = utilversion.MustParseGeneric("1.29")
)

func kubernetesVersion(f *facts) verdict {
	v, err := utilversion.ParseGeneric(f.version.GitVersion)
	switch {
	case err != nil:
		return warn("version %q is not understood", f.version.GitVersion)
	case v.LessThan(nativeSidecars):
		return warn("%s: before 1.29 there are no native sidecars, so the agent is an ordinary container that may end before the proxy does", f.version.GitVersion)
	case v.LessThan(matchConditions):
		return warn("%s: before 1.30 each status that Gloo writes is an admission request too", f.version.GitVersion)
	}
	return ok("")
}
