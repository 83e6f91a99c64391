package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/glootrace/glootrace/internal/refs"
)

// Options say which glootrace is checked.
type Options struct {
	// Webhooks is the name of both webhook configurations.
	Webhooks string
	// Namespace is Gloo's.
	Namespace string
	// Wait is for how long to try again until nothing fails; 0 means once.
	Wait time.Duration
	// Progress is told what is being waited for.
	Progress io.Writer
}

// again is how long to wait before everything is asked once more.
const again = 2 * time.Second

// Run asks all groups. An error means that the cluster can not be asked at all, or that the context ended before it was.
func Run(ctx context.Context, config *rest.Config, groups []Group, o Options) (Report, error) {
	cluster, err := connect(config, o)
	if err != nil {
		return Report{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	report := once(ctx, cluster, groups)
	if ctx.Err() != nil {
		return Report{}, context.Cause(ctx)
	}
	if o.Wait == 0 {
		return report, nil
	}
	_ = wait.PollUntilContextTimeout(ctx, again, o.Wait, false, func(ctx context.Context) (bool, error) { // the report tells
		if report.Summary.Fail+report.Summary.Unknown == 0 {
			return true, nil
		}
		fmt.Fprintf(o.Progress, "waiting: %s\n", report.first())
		if next := once(ctx, cluster, groups); ctx.Err() == nil {
			report = next
		}
		return false, nil
	})
	return report, nil
}

// Unreachable is the report of somebody who knows no cluster to ask.
func Unreachable(why error) Report {
	first := Groups[0].Checks[0]
	return Report{
		Groups:  []GroupResult{{Groups[0].Name, []Result{{Name: first.Name, Title: first.Title, Status: Unknown, Reason: why.Error(), Fix: first.Fix, Help: Help(first.Name)}}}},
		Summary: Summary{Unknown: 1},
	}
}

func connect(config *rest.Config, o Options) (cluster, error) {
	config = rest.CopyConfig(config)
	config.QPS, config.Burst = 50, 100 // it asks much, once
	c, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return cluster{}, fmt.Errorf("asking the cluster: %w", err)
	}
	objects, err := refs.NewClient(config)
	if err != nil {
		return cluster{}, fmt.Errorf("asking the cluster: %w", err)
	}
	disco, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return cluster{}, fmt.Errorf("asking the cluster: %w", err)
	}
	return clusterOf(config, c, objects, disco, o), nil
}

// once asks everything once.
func once(ctx context.Context, c cluster, groups []Group) Report {
	f := &facts{now: time.Now()}
	read := reading{cluster: c, facts: f, done: map[string]error{}, said: map[string]string{}}
	report := Report{Groups: []GroupResult{}}
	for _, g := range groups {
		result := GroupResult{Name: g.Name, Checks: []Result{}}
		for _, check := range g.Checks {
			r := read.answer(ctx, check)
			if r.Status == "" {
				continue
			}
			result.Checks = append(result.Checks, r)
			report.Summary.count(r.Status)
			if check.fatal && r.Status != OK {
				report.Groups = append(report.Groups, result)
				return report
			}
		}
		if len(result.Checks) > 0 {
			report.Groups = append(report.Groups, result)
		}
	}
	return report
}

// reading reads inputs, each once.
type reading struct {
	cluster cluster
	facts   *facts
	done    map[string]error
	said    map[string]string // by what was in the way: the first check that it kept from being asked
}

// unreadError is what was in the way of reading an input.
type unreadError struct {
	input string
	err   error
}

func (e unreadError) Error() string { return e.input + " can not be read: " + e.err.Error() }

func (e unreadError) Unwrap() error { return e.err }

// toldBy is the error of an input that can not be known for a reason which that check tells.
type toldBy string

func (by toldBy) Error() string { return "see " + string(by) }

func (r reading) answer(ctx context.Context, check Check) Result {
	v := verdict{}
	if err := r.all(ctx, check.inputs); err != nil {
		v = r.unread(check, err)
	} else {
		v = check.run(r.facts)
	}
	result := Result{Name: check.Name, Title: check.Title, Status: v.status, Reason: oneLine.Replace(v.reason)}
	if v.status != OK && v.status != "" && !v.refers {
		result.Help = Help(check.Name)
		if result.Fix = v.fix; v.fix == "" {
			result.Fix = check.Fix
		}
	}
	return result
}

// oneLine is for errors that have several.
var oneLine = strings.NewReplacer(":\n", ": ", "\n", "; ")

// unread is the verdict of a check whose inputs can not be read. The check's own fix is for what was found, and would
// have somebody mend what is well. What keeps many checks from being asked is said once.
func (r reading) unread(check Check, err error) verdict {
	v := verdict{status: Unknown, reason: err.Error()}
	if errors.As(err, new(toldBy)) {
		v.refers = true
		return v
	}
	if u := (unreadError{}); errors.As(err, &u) {
		if first, said := r.said[u.err.Error()]; said {
			v.reason, v.refers = u.input+" can not be read: see "+first, true
			return v
		}
		r.said[u.err.Error()] = check.Name
	}
	switch {
	case check.fatal:
		return v
	case apierrors.IsForbidden(err):
		return v.by("ask for the permission; docs/troubleshooting.md has the roles that glootrace check needs")
	case apierrors.IsNotFound(err): // that an object is missing is no error: this is the namespace of a dry run
		return v.by("name a namespace that exists with -n: kubectl get namespaces")
	}
	return v.by("check again when it can be read")
}

func (r reading) all(ctx context.Context, inputs []input) error {
	for _, in := range inputs {
		err, known := r.done[in.name]
		if !known {
			if err = r.all(ctx, in.after); err == nil {
				if err = in.read(ctx, r.cluster, r.facts); err != nil {
					err = unreadError{in.name, err}
				}
			}
			r.done[in.name] = err
		}
		if err != nil {
			return err
		}
	}
	return nil
}
