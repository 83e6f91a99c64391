package gloo

// Sampling says which part of requests leaves spans, in percent.
type Sampling struct {
	// Client is of requests that ask to be traced, Random of the others, and
	// Overall what of both may remain.
	Client, Random, Overall float64
}

// Sampled is the part of ordinary requests that leaves spans: Envoy decides both
// by one number of the request, so the smaller percentage counts.
// Source: ConnectionManagerUtility::mutateTracingRequestHeader of envoyproxy/envoy.
func (s Sampling) Sampled() float64 { return min(s.Random, s.Overall) }

// Sampling is what a listener with this tracing block samples.
func (t Tracing) Sampling() Sampling { return samplingOf(t.Value) }

// Sampling is what a route with this block samples, whatever its listener does.
func (t RouteTracing) Sampling() Sampling { return samplingOf(t.Value) }

// samplingOf reads percentages; each that is left out is 100.
func samplingOf(block Value) Sampling {
	percent := func(name string) float64 {
		if n, ok := block.Child("tracePercentages", name).Number(); ok {
			return n
		}
		return 100
	}
	return Sampling{percent("clientSamplePercentage"), percent("randomSamplePercentage"), percent("overallSamplePercentage")}
}
