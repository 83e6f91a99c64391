package integration

import (
	"context"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

// eventually waits until a condition holds that the webhook learns of by a watch.
func eventually(t testing.TB, holds func() bool) {
	t.Helper()
	err := wait.PollUntilContextTimeout(t.Context(), 100*time.Millisecond, time.Minute, true,
		func(context.Context) (bool, error) { return holds(), nil })
	if err != nil {
		t.Fatalf("it does not come about: %v\nthe webhook says:\n%s", err, webhook.Log())
	}
}
