package refs

import (
	"context"
	"errors"
	"fmt"
	"io"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"

	"github.com/glootrace/glootrace/internal/gloo"
)

const (
	// pageSize is how many objects are asked for at once of an API server that
	// cannot stream all of them through a watch.
	pageSize = 500
	// maxPage is how many bytes a page may have, unless it is of one object. A page is held as a whole, and an object of
	// more than 1 MiB is as good as one of 1 KiB.
	maxPage = 4 << 20
)

// pages are read one after the other, each with as many objects as fit.
type pages struct{ size int64 }

// read reads a page. One that turns out to be too long is given up, and asked for again with half as many objects; those
// that follow are no larger, until there is room again.
func (p *pages) read(ctx context.Context, request func(limit int64) *rest.Request) ([]byte, error) {
	if p.size == 0 {
		p.size = pageSize
	}
	for {
		text, err := readPage(ctx, request(p.size), p.size > 1)
		if errors.Is(err, errLongPage) {
			p.size /= 2
			continue
		}
		if len(text) < maxPage/4 {
			p.size = min(2*p.size, pageSize)
		}
		return text, err
	}
}

var errLongPage = errors.New("a page with too many objects")

func readPage(ctx context.Context, request *rest.Request, limited bool) ([]byte, error) {
	body, err := request.Stream(ctx)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	if !limited {
		return io.ReadAll(body)
	}
	text, err := io.ReadAll(io.LimitReader(body, maxPage+1))
	if len(text) > maxPage {
		return nil, errLongPage
	}
	return text, err
}

// NewClient is for List and Each, and for requests by the path of their kind.
func NewClient(config *rest.Config) (rest.Interface, error) {
	config = rest.CopyConfig(config)
	config.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	return rest.UnversionedRESTClientFor(config)
}

// Each calls visit with each object of a kind that concerns glootrace, whole, in the API server's order: by namespace and
// name. It holds a few of them at a time, as long as visit keeps none. A kind that the cluster does not have is an error
// of NotFound.
func Each(ctx context.Context, c rest.Interface, kind gloo.Kind, visit func(gloo.Object) error) error {
	w := watchedOf(kind)
	var p pages
	o := metav1.ListOptions{LabelSelector: w.selector}
	for {
		text, err := p.read(ctx, func(limit int64) *rest.Request {
			o.Limit = limit
			return c.Get().AbsPath(w.path()).Resource(w.resource.Resource).SpecificallyVersionedParams(&o, scheme.ParameterCodec, metav1.Unversioned)
		})
		if again := goesOn(err); again != "" && again != o.Continue {
			o.Continue = again
			continue
		}
		if err != nil {
			return err
		}
		list, err := gloo.Parse(text)
		if err != nil {
			return fmt.Errorf("reading %s: %w", w.resource.Resource, err)
		}
		for _, item := range list.Child("items").Items() {
			object, err := item.ObjectOf(w.apiVersion(), w.kind)
			if err != nil {
				return fmt.Errorf("reading %s: %w", w.resource.Resource, err)
			}
			if err := visit(object); err != nil {
				return err
			}
		}
		if o.Continue = copied(list.Child("metadata", "continue")); o.Continue == "" {
			return nil
		}
	}
}

// goesOn is where an API server that does not know any more how its objects were says that they go on as they are now:
// it forgets after some minutes, which visits may well take.
func goesOn(err error) string {
	if status := apierrors.APIStatus(nil); apierrors.IsResourceExpired(err) && errors.As(err, &status) {
		return status.Status().Continue
	}
	return ""
}
