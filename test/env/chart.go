package env

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// WebhookConfigurations are those of the chart.
func WebhookConfigurations(kubernetes string, values map[string]any) (*admissionv1.MutatingWebhookConfiguration, *admissionv1.ValidatingWebhookConfiguration, error) {
	const template = "webhook/configurations.yaml"
	text, err := Template(template, kubernetes, values)
	if err != nil {
		return nil, nil, err
	}
	mutating, validating := new(admissionv1.MutatingWebhookConfiguration), new(admissionv1.ValidatingWebhookConfiguration)
	docs := yaml.NewYAMLOrJSONDecoder(strings.NewReader(strings.TrimPrefix(strings.TrimSpace(text), "---\n")), 4096)
	if err := errors.Join(docs.Decode(mutating), docs.Decode(validating)); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", template, err)
	}
	if err := docs.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("%s: want one mutating and one validating configuration", template)
	}
	return mutating, validating, nil
}

// Template is what a template of glootrace's chart renders for a Kubernetes version and for values over the chart's own.
func Template(name, kubernetes string, values map[string]any) (string, error) {
	dir, err := SourceDir("..", "charts", "glootrace")
	if err != nil {
		return "", err
	}
	chart, err := loader.LoadDir(dir)
	if err != nil {
		return "", fmt.Errorf("chart: %w", err)
	}
	version, err := common.ParseKubeVersion(kubernetes)
	if err != nil {
		return "", fmt.Errorf("version of Kubernetes: %w", err)
	}
	capabilities := common.DefaultCapabilities.Copy()
	capabilities.KubeVersion = *version
	release := common.ReleaseOptions{Name: "glootrace", Namespace: "gloo-system", IsInstall: true}
	all, err := util.ToRenderValues(chart, values, release, capabilities)
	if err != nil {
		return "", fmt.Errorf("values of the chart: %w", err)
	}
	rendered, err := engine.Render(chart, all)
	if err != nil {
		return "", fmt.Errorf("render the chart: %w", err)
	}
	text, ok := rendered["glootrace/templates/"+name]
	if !ok {
		return "", fmt.Errorf("the chart has no template %s", name)
	}
	return text, nil
}
