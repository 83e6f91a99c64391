package e2e

import "testing"

func TestUpgradeUnderLoad(t *testing.T) {
	install(t, "webhook.failurePolicy=Fail")
	l := keepApplying(t, namespace(t))
	l.more(t, 50)
	// Anything that makes new pods of the webhook, as a new image does, and writes the configurations anew.
	install(t, "webhook.failurePolicy=Fail", "webhook.podAnnotations.upgraded=yes", "webhook.timeoutSeconds=4")
	l.more(t, 50)
	l.stop(t)
}
