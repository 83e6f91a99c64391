package check

import (
	"context"
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
	for kind, annotations := range f.live.Annotations() {
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

// keptBy reads the arguments of `glootrace webhook` in a pod.
func keptBy(pod corev1.Pod) (mode, types.NamespacedName) {
	for _, c := range pod.Spec.Containers {
		at := slices.Index(c.Args, "webhook")
		if at < 0 {
			continue
		}
		flags := pflag.NewFlagSet("webhook", pflag.ContinueOnError)
		flags.ParseErrorsAllowlist.UnknownFlags = true
		flags.Usage = func() {}
		dir := flags.String("cert-dir", "", "")
		namespace := flags.StringP("namespace", "n", pod.Namespace, "")
		name := flags.String("cert-secret", "glootrace-certs", "")
		if flags.Parse(c.Args[at+1:]) != nil {
			return unsaid, types.NamespacedName{}
		}
		if strings.HasPrefix(*namespace, "$(") { // $(POD_NAMESPACE)
			*namespace = pod.Namespace
		}
		if *dir == "" {
			return selfManaged, types.NamespacedName{Namespace: *namespace, Name: *name}
		}
		return own, types.NamespacedName{Namespace: pod.Namespace, Name: mounted(pod, c, *dir)}
	}
	return unsaid, types.NamespacedName{}
}

// mounted is the Secret that a container finds in a folder; empty if it is none.
func mounted(pod corev1.Pod, c corev1.Container, dir string) string {
	for _, m := range c.VolumeMounts {
		if strings.TrimSuffix(m.MountPath, "/") != strings.TrimSuffix(dir, "/") {
			continue
		}
		for _, v := range pod.Spec.Volumes {
			if v.Name == m.Name && v.Secret != nil {
				return v.Secret.SecretName
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
