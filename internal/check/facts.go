package check

import (
	"crypto/tls"
	"time"

	cmapi "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/version"

	"github.com/glootrace/glootrace/certs"
	"github.com/glootrace/glootrace/internal/gloo"
	"github.com/glootrace/glootrace/internal/policy"
	"github.com/glootrace/glootrace/internal/refs"
)

// facts are what inputs have read. What does not exist is nil or empty.
type facts struct {
	now     time.Time
	server  string // the API server's URL
	version *version.Info

	live     *certs.Live // the webhook configurations
	liveErr  error       // why they can not be read
	others   []string    // kind/name of configurations that call a glootrace too
	backends []backend
	// deployment makes the replicas, whether or not a Service leads to them; nil if none was found, which deploymentErr may be
	// the reason of.
	deployment    *appsv1.Deployment
	deploymentErr error
	keeping       keeping
	secret        *corev1.Secret
	served        []served

	certManager certManager

	budgets []policyv1.PodDisruptionBudget // where the webhook is

	namespace  string             // Gloo's
	control    *appsv1.Deployment // Gloo's control plane
	image      string             // and its image
	gloo       gloo.Version
	versionErr error

	proxyDeployments []appsv1.Deployment // in that namespace

	policy       policy.Policy // if neither policyErr nor policyUnsaid is set
	policyIn     string
	policySource []byte // nil: no file
	policyErr    error  // what is wrong with it
	policyUnsaid string // why nobody knows which one it is
	loaded       []loaded

	absent  []gloo.Kind   // kinds that the cluster does not know
	objects []gloo.Object // Gloo's, proxies' pods, namespaces
	known   refs.Reader   // the same

	mutation, refusal trial
	pod               podResult

	destinations map[gloo.Ref][]destination // of Upstreams
	collector    destination                // of agents
	zipkin       *destination
}

// backend is a Service that the API server calls, with the pods behind it.
type backend struct {
	at      certs.Address
	service *corev1.Service
	pods    []corev1.Pod // those that are not about to go away
}

// replicas are glootrace's pods.
func (f *facts) replicas() []corev1.Pod {
	var all []corev1.Pod
	for _, b := range f.backends {
		all = append(all, b.pods...)
	}
	return all
}

// served is what one replica answers a TLS handshake with.
type served struct {
	who  string
	leaf *tls.Certificate // with what comes between it and the CA
	err  error
}

// certManager are the objects of cert-manager that make the certificate.
type certManager struct {
	absent      bool // the cluster does not know its kinds
	certificate *cmapi.Certificate
	// request is the newest CertificateRequest of the Certificate.
	request *cmapi.CertificateRequest
	// issuer is the Issuer or ClusterIssuer that the Certificate names; of another
	// kind nothing is known.
	issuer  cmapi.GenericIssuer
	foreign bool // an issuer of another kind
}

// keeping says who keeps the certificate.
type keeping struct {
	mode        mode
	secret      types.NamespacedName
	certificate types.NamespacedName
	// injected are the configurations whose annotation asks cert-manager for its CA, by kind: which Certificate.
	injected map[string]string
}

// mode is one of those in docs/certificates.md.
type mode string

const (
	selfManaged mode = "selfManaged"
	byManager   mode = "certManager"
	own         mode = "secret"
	unsaid      mode = "" // no replica tells
)
