package certs

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// tell says what happened: in the log, in the metrics, and as an event on the
// Secret.
func (s *Source) tell(ctx context.Context, what step) {
	if what.rotated != "" {
		s.metrics.rotations.WithLabelValues(what.rotated).Inc()
	}
	s.log.Info(what.note, "reason", what.reason, "namespace", s.options.Namespace, "secret", s.options.Secret)
	kind := corev1.EventTypeNormal
	if what.warn {
		kind = corev1.EventTypeWarning
	}
	const longest = 1024 // of a note that the API server takes
	note := what.note
	if len(note) > longest {
		note = note[:longest]
	}
	err := s.client.Create(ctx, &eventsv1.Event{
		ObjectMeta:          metav1.ObjectMeta{Namespace: s.options.Namespace, GenerateName: s.options.Secret + "-"},
		EventTime:           metav1.NewMicroTime(s.options.Timing.Now()),
		ReportingController: "glootrace.dev/certificates",
		ReportingInstance:   s.replica,
		Action:              "KeepCertificates",
		Reason:              what.reason,
		Regarding:           corev1.ObjectReference{APIVersion: "v1", Kind: "Secret", Namespace: s.options.Namespace, Name: s.options.Secret},
		Note:                note,
		Type:                kind,
	})
	if err != nil {
		s.log.Error(err, "writing an event", "reason", what.reason)
	}
}
