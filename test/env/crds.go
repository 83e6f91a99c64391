package env

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// CRDs are Gloo's: those in the folder GLOO_CRDS if it is set, else those of the Go module solo-apis. The latter have
// no schemas, so they keep whatever they are given; Gloo's Helm chart has full ones.
func CRDs(ctx context.Context) ([]*apiextensionsv1.CustomResourceDefinition, error) {
	var paths []string
	if dir := os.Getenv("GLOO_CRDS"); dir != "" {
		paths = []string{dir}
	} else {
		module, err := ModuleDir(ctx, "github.com/solo-io/solo-apis")
		if err != nil {
			return nil, fmt.Errorf("CRDs of Gloo: %w", err)
		}
		paths = []string{
			filepath.Join(module, "crds", "gateway.solo.io_crds.yaml"),
			filepath.Join(module, "crds", "gloo.solo.io_crds.yaml"),
		}
	}
	options := envtest.CRDInstallOptions{Paths: paths, ErrorIfPathMissing: true}
	if err := envtest.ReadCRDFiles(&options); err != nil {
		return nil, fmt.Errorf("CRDs of Gloo: %w", err)
	}
	for _, crd := range options.CRDs {
		nameAsInGloo(crd)
	}
	return options.CRDs, nil
}

// nameAsInGloo mends the one resource name that solo-apis generates otherwise than Gloo ships it, so that webhook rules
// and informers are tried on the name that clusters have.
func nameAsInGloo(crd *apiextensionsv1.CustomResourceDefinition) {
	if crd.Name == "matchablehttpgateways.gateway.solo.io" {
		crd.Name = "httpgateways.gateway.solo.io"
		crd.Spec.Names.Plural, crd.Spec.Names.Singular = "httpgateways", "httpgateway"
	}
}
