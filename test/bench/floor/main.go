// Command floor is what an admission webhook costs that does nothing of its own: controller-runtime's webhook server
// with a handler that answers each review with the same patch.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"gomodules.xyz/jsonpatch/v2"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

func main() {
	certs := flag.String("cert-dir", "", "folder with tls.crt and tls.key")
	port := flag.Int("port", 0, "port of 127.0.0.1 to serve admission reviews on")
	address := flag.String("metrics-address", "", "address of /metrics")
	flag.Parse()
	log.SetLogger(logr.Discard())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	patch := jsonpatch.NewOperation("add", "/metadata/annotations", map[string]any{"example.com/patched": "yes"})
	server := webhook.NewServer(webhook.Options{Host: "127.0.0.1", Port: *port, CertDir: *certs})
	server.Register("/mutate", &admission.Webhook{Handler: admission.HandlerFunc(func(context.Context, admission.Request) admission.Response {
		return admission.Patched("", patch)
	})})
	metrics.Registry.MustRegister(collectors.NewGoCollector())
	go http.ListenAndServe(*address, promhttp.HandlerFor(metrics.Registry, promhttp.HandlerOpts{}))
	if err := server.Start(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
