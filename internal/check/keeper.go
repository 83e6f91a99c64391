package check

import (
	"context"
	"path"
	"slices"
	"strings"

	cmapi "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	"github.com/spf13/pflag"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// readKeeper finds out in which mode replicas run: their arguments say it. The
// webhook configurations' annotation says it where no replica does.
func readKeeper(_ context.Context, _ cluster, f *facts) error {
	k := keeping{injected: map[string]string{}}
	for kind, annotations := range f.annotations() {
		if from := annotations[cmapi.WantInjectAnnotation]; from != "" {
			k.injected[kind] = from
			namespace, name, _ := strings.Cut(from, "/")
			k.mode, k.certificate = byManager, types.NamespacedName{Namespace: namespace, Name: name}
		}
	}
	for _, pod := range f.replicas() {
		mode, secret := keptBy(pod)
		if mode == unsaid {
			continue
		}
		k.secret = secret
		if mode == selfManaged || k.mode == unsaid { // files may be cert-manager's
			k.mode = mode
		}
		break
	}
	f.keeping = k
	f.live.Foreign = k.mode != selfManaged
	return nil
}

// annotations are those of the webhook configurations that exist, by kind.
func (f *facts) annotations() map[string]map[string]string {
	all := map[string]map[string]string{}
	if c := f.live.Mutating; c != nil {
		all["MutatingWebhookConfiguration"] = c.Annotations
	}
	if c := f.live.Validating; c != nil {
		all["ValidatingWebhookConfiguration"] = c.Annotations
	}
	return all
}

// keptBy reads the arguments of `glootrace webhook` in a pod.
func keptBy(pod corev1.Pod) (mode, types.NamespacedName) {
	c, flags := serving(pod)
	if c == nil {
		return unsaid, types.NamespacedName{}
	}
	if flags.certDir != "" {
		return own, types.NamespacedName{Namespace: pod.Namespace, Name: mounted(pod, *c, flags.certDir, func(v corev1.Volume) string {
			if v.Secret == nil {
				return ""
			}
			return v.Secret.SecretName
		})}
	}
	return selfManaged, types.NamespacedName{Namespace: flags.certNamespace, Name: flags.certSecret}
}

// servingFlags are flags of `glootrace webhook`.
type servingFlags struct {
	certDir, certNamespace, certSecret, policy, webhooks string
}

// serving is the container of a pod that runs `glootrace webhook`, nil if none does.
func serving(pod corev1.Pod) (*corev1.Container, servingFlags) {
	for i, c := range pod.Spec.Containers {
		at := slices.Index(c.Args, "webhook")
		if at < 0 {
			continue
		}
		var f servingFlags
		flags := pflag.NewFlagSet("webhook", pflag.ContinueOnError)
		flags.ParseErrorsAllowlist.UnknownFlags = true
		flags.Usage = func() {}
		flags.StringVar(&f.certDir, "cert-dir", "", "")
		flags.StringVarP(&f.certNamespace, "namespace", "n", pod.Namespace, "")
		flags.StringVar(&f.certSecret, "cert-secret", "glootrace-certs", "")
		flags.StringVar(&f.policy, "policy", "", "")
		flags.StringVar(&f.webhooks, "webhook-config", "", "")
		if flags.Parse(c.Args[at+1:]) != nil {
			return nil, servingFlags{}
		}
		if strings.HasPrefix(f.certNamespace, "$(") { // $(POD_NAMESPACE)
			f.certNamespace = pod.Namespace
		}
		return &pod.Spec.Containers[i], f
	}
	return nil, servingFlags{}
}

// mounted is the name of what a container finds in a folder, by the kind of its volume.
func mounted(pod corev1.Pod, c corev1.Container, dir string, name func(corev1.Volume) string) string {
	for _, m := range c.VolumeMounts {
		if path.Clean(m.MountPath) != path.Clean(dir) {
			continue
		}
		for _, v := range pod.Spec.Volumes {
			if v.Name == m.Name {
				return name(v)
			}
		}
	}
	return ""
}

// readSecret reads the Secret of the mode.
func readSecret(ctx context.Context, c cluster, f *facts) error {
	key := f.keeping.secret
	if cert := f.certManager.certificate; f.keeping.mode == byManager && cert != nil {
		key = types.NamespacedName{Namespace: cert.Namespace, Name: cert.Spec.SecretName}
	}
	f.keeping.secret = key
	if key.Name == "" {
		return nil
	}
	var s corev1.Secret
	switch err := c.client.Get(ctx, key, &s); {
	case err == nil:
		f.secret = &s
	case client.IgnoreNotFound(err) != nil:
		return err
	}
	return nil
}
