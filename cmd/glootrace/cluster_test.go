package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestNoClusterSaysWhatToSet(t *testing.T) {
	for name, content := range map[string]string{"empty": "", "no current context": "{apiVersion: v1, kind: Config, contexts: [{name: a, context: {cluster: a}}]}"} {
		file := filepath.Join(t.TempDir(), "kubeconfig")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		cluster := clusterFlags{kubeconfig: file}
		if _, err := cluster.config(); err == nil || !strings.Contains(err.Error(), "--kubeconfig") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
