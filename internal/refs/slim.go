package refs

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"github.com/glootrace/glootrace/internal/gloo"
)

// slimClient reads the objects of one kind as entries: what rules need is taken
// out of the API server's text as it comes in, and no object is ever held as a
// whole.
type slimClient struct {
	watchedKind
	client  rest.Interface
	decoder slimmer
	pages   pages
}

func newSlimClient(config *rest.Config, httpClient *http.Client, kind watchedKind) (*slimClient, error) {
	config = rest.CopyConfig(config)
	gv := kind.resource.GroupVersion()
	config.GroupVersion, config.APIPath = &gv, kind.root()
	config.ContentConfig.ContentType, config.ContentConfig.AcceptContentTypes = runtime.ContentTypeJSON, runtime.ContentTypeJSON
	info, _ := runtime.SerializerInfoForMediaType(scheme.Codecs.SupportedMediaTypes(), runtime.ContentTypeJSON)
	decoder := slimmer{info.Serializer, &kind}
	info.Serializer = decoder
	config.NegotiatedSerializer = runtime.NewSimpleNegotiatedSerializer(info)
	client, err := rest.RESTClientForConfigAndClient(config, httpClient)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", kind.resource.Resource, err)
	}
	return &slimClient{watchedKind: kind, client: client, decoder: decoder}, nil
}

// get reads one object.
func (c *slimClient) get(ctx context.Context, ref gloo.Ref) (gloo.Object, error) {
	read, err := c.client.Get().NamespaceIfScoped(ref.Namespace, ref.Namespace != "").Resource(c.resource.Resource).Name(ref.Name).Do(ctx).Get()
	if err != nil {
		return gloo.Object{}, err
	}
	e, ok := read.(*entry)
	if !ok {
		return gloo.Object{}, fmt.Errorf("the API server answers with a %T", read)
	}
	return e.object(), nil
}

// list reads objects: all of them, or a page, which may have fewer than there could be. There is one list at a time.
func (c *slimClient) list(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
	if o.Limit == 0 {
		return c.request(o).Do(ctx).Get()
	}
	text, err := c.pages.read(ctx, func(limit int64) *rest.Request {
		o.Limit = limit
		return c.request(o)
	})
	if err != nil {
		return nil, err
	}
	list, _, err := c.decoder.Decode(text, nil, nil)
	return list, err
}

func (c *slimClient) watch(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
	o.Watch = true
	return c.request(o).Watch(ctx)
}

func (c *slimClient) request(o metav1.ListOptions) *rest.Request {
	o.LabelSelector = c.selector
	return c.client.Get().Resource(c.resource.Resource).SpecificallyVersionedParams(&o, scheme.ParameterCodec, metav1.Unversioned)
}

// reflector keeps store as the cluster is.
func (c *slimClient) reflector(store cache.Store) *cache.Reflector {
	lists := &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			if o.ResourceVersion == "0" { // for which an API server sends all objects at once, whatever the limit
				o.ResourceVersion = ""
			}
			return c.list(ctx, o)
		},
		WatchFuncWithContext: c.watch,
	}
	r := cache.NewReflectorWithOptions(lists, &entry{}, store, cache.ReflectorOptions{Name: "cluster", TypeDescription: string(c.kind)})
	r.WatchListPageSize = pageSize
	return r
}

// slimmer decodes the API server's objects of a kind to entries, and whatever
// else it sends as the Serializer does.
type slimmer struct {
	runtime.Serializer
	*watchedKind
}

func (s slimmer) Decode(data []byte, gvk *schema.GroupVersionKind, into runtime.Object) (runtime.Object, *schema.GroupVersionKind, error) {
	v, err := gloo.Parse(data)
	if err != nil {
		return nil, nil, fmt.Errorf("reading %s: %w", s.resource.Resource, err)
	}
	switch kind := v.Child("kind").Text(); kind {
	case string(s.kind):
		e, err := s.entry(v)
		return e, gvk, err
	case string(s.kind) + "List":
		meta := v.Child("metadata")
		l := &entries{ListMeta: metav1.ListMeta{ResourceVersion: copied(meta.Child("resourceVersion")), Continue: copied(meta.Child("continue"))}}
		if n, ok := meta.Child("remainingItemCount").Number(); ok {
			left := int64(n)
			l.RemainingItemCount = &left
		}
		for _, item := range v.Child("items").Items() {
			e, err := s.entry(item)
			if err != nil {
				return nil, nil, err
			}
			l.Items = append(l.Items, e)
		}
		return l, gvk, nil
	default: // a Status
		return s.Serializer.Decode(data, gvk, into)
	}
}

func (s slimmer) entry(v gloo.Value) (*entry, error) {
	if !v.IsMap() {
		return nil, fmt.Errorf("reading %s: %w", s.resource.Resource, errors.New("an item is no object"))
	}
	meta := v.Child("metadata")
	ref := gloo.Ref{Namespace: meta.Child("namespace").Text(), Name: meta.Child("name").Text()}
	name, version := key(ref), meta.Child("resourceVersion").Text()
	return &entry{
		of: s.watchedKind, text: name + version + string(gloo.Slim(v, s.kind)),
		namespace: int32(len(ref.Namespace)), key: int32(len(name)), version: int32(len(name) + len(version)),
	}, nil
}

// copied is a text in memory of its own, which does not keep the document.
func copied(v gloo.Value) string { return string([]byte(v.Text())) }

// entries is a list of entries.
type entries struct {
	metav1.TypeMeta
	metav1.ListMeta
	Items []*entry
}

func (l *entries) DeepCopyObject() runtime.Object {
	copied := *l
	return &copied
}
