package certs

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

// world is a cluster in which everything takes its time, fails now and then and
// dies, and in which clocks are 5 minutes apart. It remembers what the API server
// has been told to trust, and when.
type world struct {
	t       *testing.T
	cluster client.WithWatch
	mu      sync.Mutex
	rand    *rand.Rand
	// trusted are the bundles that the API server has had, the last one last.
	trusted []told
}

type told struct {
	until time.Time // the zero time: it still has it
	cas   [][]*x509.Certificate
}

// late is how long after a change some API server may still go by what was before,
// and for how long after it has become ready nobody calls a replica.
const late = 2 * time.Minute

// replica is one glootrace, from its start to its death.
type replica struct {
	*Source
	kill  context.CancelFunc
	done  chan struct{}
	born  time.Time
	ready time.Time
}

func TestNoRequestIsLostWheneverReplicasComeGoAndInterleave(t *testing.T) {
	for range 2 {
		seed := rand.Uint64()
		t.Run(fmt.Sprint(seed), func(t *testing.T) { t.Parallel(); synctest.Test(t, func(t *testing.T) { aDay(t, seed) }) })
	}
}

func aDay(t *testing.T, seed uint64) {
	w := &world{t: t, cluster: cluster(configurations()...), rand: rand.New(rand.NewPCG(seed, 0))}
	w.remember()
	replicas := make([]*replica, 3)
	leafs := map[*x509.Certificate]bool{}
	cas := map[string]bool{}
	for i := range replicas {
		if w.chance(2) { // else it starts later
			replicas[i] = w.start()
		}
	}
	for end := time.Now().Add(day); time.Now().Before(end); time.Sleep(time.Minute) {
		for i, r := range replicas {
			switch {
			case r == nil && w.chance(3):
				replicas[i] = w.start()
			case r != nil && w.chance(100):
				r.die()
				replicas[i] = nil
			case r != nil:
				w.check(r)
				if leaf := r.leaf.Load(); leaf != nil {
					leafs[leaf.Leaf] = true
					cas[string(leaf.Leaf.AuthorityKeyId)] = true
				}
			}
		}
		if w.chance(200) {
			w.spoil()
		}
	}
	for _, r := range replicas {
		if r != nil {
			r.die()
		}
	}
	t.Logf("%d leafs of %d CAs were served, %d bundles written", len(leafs), len(cas), len(w.trusted))
	if len(cas) < 4 || len(leafs) < 12 {
		t.Error("too little happened for this to be a test")
	}
}

func (w *world) chance(in int) bool { return w.int(in) == 0 }

func (w *world) int(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rand.IntN(n)
}

// start starts a replica that sees the cluster through slow and failing requests.
func (w *world) start() *replica {
	skew := time.Duration(w.int(301)-150) * time.Second
	slow := func(ctx context.Context) error {
		select {
		case <-time.After(time.Duration(w.int(2000)) * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
		if w.chance(30) {
			return errors.New("the API server is not to be had")
		}
		return nil
	}
	// A request may take effect although its sender is dead or hears of a failure.
	c := interceptor.NewClient(w.cluster, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
			return errors.Join(slow(ctx), c.Get(ctx, key, o, opts...))
		},
		Create: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.CreateOption) error {
			return first(slow(ctx), c.Create(ctx, o, opts...), slow(ctx))
		},
		Update: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.UpdateOption) error {
			return first(slow(ctx), c.Update(ctx, o, opts...), slow(ctx))
		},
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
			err := c.Patch(ctx, o, p, opts...)
			w.remember()
			return first(err, slow(ctx))
		},
	})
	o := options()
	o.Timing = Timing{Leaf: 2 * time.Hour, CA: 8 * time.Hour, Interval: time.Minute,
		Now: func() time.Time { return time.Now().Add(skew) }}
	ctx, kill := context.WithCancel(context.Background())
	r := &replica{Source: source(w.t, c, o), kill: kill, done: make(chan struct{}), born: time.Now()}
	go func() { defer close(r.done); r.Start(ctx) }()
	return r
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *replica) die() {
	r.kill()
	<-r.done
}

// spoil does to the Secret what people do.
func (w *world) spoil() {
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name}}
	if w.chance(2) {
		w.cluster.Delete(context.Background(), secret)
		return
	}
	if w.cluster.Get(context.Background(), key, secret) == nil {
		secret.Data[secretKeys[w.int(len(secretKeys))]] = []byte("garbage")
		w.cluster.Update(context.Background(), secret)
	}
}

// remember notes what the API server is told to trust from now on.
func (w *world) remember() {
	l, err := ReadLive(context.Background(), w.cluster, "glootrace", false)
	if err != nil {
		w.t.Error(err)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(w.trusted); n > 0 {
		w.trusted[n-1].until = time.Now()
	}
	var cas [][]*x509.Certificate
	for _, h := range l.hooks {
		cas = append(cas, h.cas)
	}
	w.trusted = append(w.trusted, told{cas: cas})
}

// check calls a replica as API servers would, each with what it was told last or,
// if it is late, before.
func (w *world) check(r *replica) {
	now := time.Now()
	if err := r.Healthy(); err != nil {
		if !r.ready.IsZero() {
			w.t.Errorf("%v: a replica that was ready is not: %v", now, err)
		} else if now.Sub(r.born) > 10*time.Minute {
			w.t.Errorf("%v: not ready after %v: %v", now, now.Sub(r.born), err)
		}
		return
	}
	if r.ready.IsZero() {
		r.ready = now
	}
	if now.Sub(r.ready) < late {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	leaf := r.leaf.Load()
	for _, told := range w.trusted {
		if !told.until.IsZero() && now.Sub(told.until) > late {
			continue
		}
		for _, cas := range told.cas {
			if err := verify(leaf, pool(cas...), names[0], now); err != nil {
				w.t.Errorf("%v: a request is lost: with what the API server had until %v: %v", now, told.until, err)
			}
		}
	}
}
