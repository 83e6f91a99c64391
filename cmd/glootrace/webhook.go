package main

import (
	"log/slog"
	"os"
	"time"

	"github.com/go-logr/logr"
	"github.com/spf13/cobra"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/glootrace/glootrace/webhook"
)

func webhookCommand() *cobra.Command {
	var o webhook.Options
	var cluster clusterFlags
	var file policyFile
	c := &cobra.Command{
		Use:   "webhook",
		Short: "Serve the admission webhook",
		Long: `Serve admission reviews at /mutate and /validate. In a cluster the Helm chart runs this
command; outside of one it watches the cluster of the kubeconfig.`,
		Example: `  # As the chart runs it, but for one's own cluster and on this machine
  glootrace webhook --namespace gloo-system --policy policy.yaml --cert-dir certs/`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			handler := slog.NewJSONHandler(c.ErrOrStderr(), nil)
			log := logr.FromSlogHandler(handler)
			ctrl.SetLogger(log)
			klog.SetSlogLogger(slog.New(handler))

			config, err := cluster.config()
			if err != nil {
				return err
			}
			o.PolicyFile, o.Certificates.Namespace = file.String(), o.Namespace
			if len(o.Certificates.Names) == 0 {
				o.Certificates.Names = []string{"glootrace." + o.Namespace + ".svc"}
			}
			return webhook.Run(c.Context(), config, o, log)
		},
	}
	certificates := &o.Certificates
	c.Flags().StringVar(&certificates.Dir, "cert-dir", "", "folder with tls.crt and tls.key, read again when they change (default: none, glootrace makes its own certificates)")
	c.Flags().StringVarP(&o.Namespace, "namespace", "n", os.Getenv("POD_NAMESPACE"), "namespace of glootrace's own objects: its Service, --cert-secret and a Lease (default: $POD_NAMESPACE)")
	c.Flags().StringVar(&certificates.Secret, "cert-secret", "glootrace-certs", "Secret in which glootrace keeps its own certificates")
	c.Flags().StringSliceVar(&certificates.Names, "cert-names", nil, "names of glootrace's own certificate (default: glootrace.NAMESPACE.svc)")
	c.Flags().StringVar(&certificates.Webhooks, "webhook-config", "", "name of both webhook configurations: glootrace writes its own CA into them, and is ready if their CA verifies its certificate")
	c.Flags().StringVar(&o.Host, "bind-address", "", "address to serve admission reviews on (default: all)")
	c.Flags().IntVar(&o.Port, "port", 10250, "port to serve admission reviews on")
	c.Flags().StringVar(&o.HealthAddress, "health-address", ":8081", "address of /healthz and /readyz; 0 serves none")
	c.Flags().StringVar(&o.MetricsAddress, "metrics-address", ":8080", "address of /metrics; 0 serves none")
	file.addFlag(c, "Policy file, read again when it changes (default: inject everything)")
	addDuration(c, &o.AuditInterval, "audit-interval", 5*time.Minute, "how often one of the replicas looks for objects and pods that admission missed")
	cluster.addFlags(c)
	_ = c.MarkFlagDirname("cert-dir") // fails only for a flag that does not exist
	return c
}
