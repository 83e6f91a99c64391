package certs

import (
	"context"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// perSecond is how many objects the load has admitted each second.
const perSecond = 200

// load is a steady stream of admissions, each a dry run of an object that both
// webhooks have to let through.
type load struct {
	stop     context.CancelFunc
	ended    chan struct{}
	begun    time.Time
	mu       sync.Mutex
	admitted int
	failed   []failure
}

type failure struct {
	sent, known time.Time
	err         error
}

// startLoad goes on until end is called or the test is over. At most 100 requests
// are under way: if the API server is slower, there are fewer.
func startLoad(t testing.TB) *load {
	ctx, stop := context.WithCancel(t.Context())
	l := &load{stop: stop, ended: make(chan struct{}), begun: time.Now()}
	go func() {
		defer close(l.ended)
		var wg sync.WaitGroup
		defer wg.Wait()
		slots := make(chan struct{}, 100)
		for n := 1; ; n++ {
			select { // what was late is made good
			case <-ctx.Done():
				return
			case <-time.After(time.Until(l.begun.Add(time.Duration(n) * time.Second / perSecond))):
			}
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
			wg.Go(func() { l.one(); <-slots })
		}
	}()
	t.Cleanup(func() { l.end() })
	return l
}

// one asks for one admission; a failure is what the API server says it is, since
// nothing tries again.
func (l *load) one() {
	sent := time.Now()
	err := admit()
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		l.admitted++
	} else {
		l.failed = append(l.failed, failure{sent, time.Now(), err})
	}
}

// admit has one object admitted.
func admit() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return admin.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "load", Name: "load"}}, client.DryRunAll)
}

// end ends the load and returns what failed.
func (l *load) end() []failure {
	l.stop()
	<-l.ended
	return l.failed
}

// far tells how many have been admitted and have failed so far.
func (l *load) far() (admitted, failed int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.admitted, len(l.failed)
}
