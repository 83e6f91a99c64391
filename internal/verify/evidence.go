package verify

import "time"

// Evidence is all that the diagnosis knows. Numbers are what was counted between
// the request and the diagnosis, other people's requests included.
type Evidence struct {
	Zipkin string        // its URL
	Waited time.Duration // for the trace
	Spans  int           // of the trace that Zipkin has, the gateway's not among them

	Known

	Envoy     *Envoy     // nil if it was not asked
	Agent     *Telemetry // nil if it was not asked
	Collector *Telemetry // nil if it was not asked
}

// Known is what is known of who can not be asked, because it is not there.
type Known struct {
	NoAgent, NoCollector Absence
}

// Absence is why somebody is not there, and what brings him; empty if nothing is known.
type Absence struct {
	Cause, Fix string
}

// Envoy is what one Envoy says of its tracing.
type Envoy struct {
	Err       error  // it did not tell; then all else is empty
	Node      string // its id, in a cluster the pod's name; may be empty
	Listeners []Listener
	Refused   []string // listeners of which Envoy refused the last update, and why
	Clusters  map[string]Cluster

	Requests int // that its listeners took
	Sampled  int // of those, to be traced
	Spans    int // handed to the OpenTelemetry exporter's connection
}

// Listener is an HTTP connection manager of a listener.
type Listener struct {
	Name     string
	Provider string // of tracing; empty without tracing
	Cluster  string // that OTLP over gRPC goes to; empty with other providers
}

// Cluster is an Envoy cluster that spans are exported to.
type Cluster struct {
	Missing   bool // Envoy has no such cluster
	HTTP2     bool
	Endpoints []string // host:port, as far as they are in the cluster's own configuration
	Counters  Counters // without the prefix cluster.<name>.
	Active    int      // exports that are under way
}

// Counters are by how much counters rose, by name.
type Counters map[string]int

// Telemetry is what an OpenTelemetry Collector says of the spans it handled.
type Telemetry struct {
	Err error // it did not tell; then all else is empty

	Accepted, Refused int            // by receivers
	Held              map[string]int // by processor: spans that went in and did not come out
	Limited           int            // refused by the memory limiter
	Exporters         map[string]Exporter
}

// Exporter is what an exporter of a collector did with spans.
type Exporter struct {
	Sent, Failed, Overflow int // Overflow: refused by the full queue
	Queue                  int // waiting now
}

// sent is how many spans left a collector, by all exporters.
func (t Telemetry) sent() (n int) {
	for _, e := range t.Exporters {
		n += e.Sent
	}
	return n
}
