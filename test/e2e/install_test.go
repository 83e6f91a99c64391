package e2e

import (
	"strings"
	"testing"
)

func TestInstall(t *testing.T) {
	install(t)
	status := runHelm(t, "status", release)
	if !strings.Contains(status, "deployed") {
		t.Errorf("helm says:\n%s", status)
	}
	await(t, "the webhook configurations", trusted)
	startProxy(t, namespace(t))
}
