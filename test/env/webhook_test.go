package env

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
)

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "glootrace" {
		os.Exit(standIn(os.Args[2:]))
	}
	os.Exit(m.Run())
}

// standIn stands in for glootrace, so that these tests are about the environment only: it allows everything, with its
// policy as a warning. The policy "exit N" makes it exit at once, or "end N" at SIGTERM, with N.
func standIn(args []string) int {
	flags := flag.NewFlagSet("webhook", flag.ExitOnError)
	certs, host, port := flags.String("cert-dir", "", ""), flags.String("bind-address", "", ""), flags.String("port", "", "")
	health, policy := flags.String("health-address", "", ""), flags.String("policy", "", "")
	flags.String("metrics-address", "", "")
	flags.String("kubeconfig", "", "")
	flags.Parse(args)
	var at string
	var code int
	fmt.Sscan(*policy, &at, &code)
	if at == "exit" {
		fmt.Println("no such policy")
		return code
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go http.ListenAndServe(*health, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	go http.ListenAndServeTLS(net.JoinHostPort(*host, *port), filepath.Join(*certs, "tls.crt"), filepath.Join(*certs, "tls.key"),
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var review admissionv1.AdmissionReview
			json.NewDecoder(r.Body).Decode(&review)
			review.Response = &admissionv1.AdmissionResponse{UID: review.Request.UID, Allowed: true, Warnings: []string{r.URL.Path + " " + *policy}}
			json.NewEncoder(w).Encode(review)
		}))
	<-ctx.Done()
	return code
}

// startWithStandIn starts a control plane whose glootrace is the stand-in.
func startWithStandIn(t *testing.T) *Env {
	e, err := Start(t.Context(), Options{Progress: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Stop(); err != nil {
			t.Error(err)
		}
	})
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(e.dir, "glootrace")); err != nil {
		t.Fatal(err)
	}
	return e
}

const upstream = `{"apiVersion": "gloo.solo.io/v1", "kind": "Upstream", "metadata": {"name": "u", "namespace": "default"}, "spec": {}}`

func TestWebhook(t *testing.T) {
	e := startWithStandIn(t)

	t.Run("is called from the first object on until it is stopped", func(t *testing.T) {
		for round := range 3 {
			w, err := e.Webhook(t.Context(), fmt.Sprint("round-", round))
			if err != nil {
				t.Fatal(err)
			}
			_, warnings, err := e.Kubectl(t.Context(), upstream, "create", "--dry-run=server", "-f", "-")
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{"/mutate", "/validate"} {
				if want := fmt.Sprintf("%s round-%d", path, round); !strings.Contains(warnings, want) {
					t.Errorf("round %d: kubectl warns %q, want %q", round, warnings, want)
				}
			}
			if err := w.Stop(); err != nil {
				t.Error(err)
			}
			if _, warnings, err := e.Kubectl(t.Context(), upstream, "create", "--dry-run=server", "-f", "-"); err != nil || warnings != "" {
				t.Errorf("after Stop: %v, %s", err, warnings)
			}
			if left, _, _ := e.Kubectl(t.Context(), "", "get", "mutatingwebhookconfigurations,validatingwebhookconfigurations", "-o", "name"); left != "" {
				t.Errorf("left behind: %s", left)
			}
		}
	})
	t.Run("that exits before it is ready says why", func(t *testing.T) {
		_, err := e.Webhook(t.Context(), "exit 3")
		if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "no such policy") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("that ends badly is reported", func(t *testing.T) {
		w, err := e.Webhook(t.Context(), "end 4")
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Stop(); err == nil || !strings.Contains(err.Error(), "exit status 4") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("ends with its context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		w, err := e.Webhook(ctx, "end 0")
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		<-w.exited
	})
}
