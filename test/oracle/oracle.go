// Package oracle says whether Gloo would read an object without losing a field of it: it decodes into Gloo's own types.
package oracle

//lint:file-ignore SA1019 jsonpb is Gloo's own decoder; its successor refuses what Gloo takes, such as two members of a oneof.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/golang/protobuf/jsonpb"
	"github.com/golang/protobuf/proto"
	gateway "github.com/solo-io/solo-apis/pkg/api/gateway.solo.io/v1"
	gloo "github.com/solo-io/solo-apis/pkg/api/gloo.solo.io/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	strictjson "sigs.k8s.io/json"
)

// specs are the types of the specs of the kinds that glootrace handles.
var specs = map[metav1.TypeMeta]func() proto.Message{
	kind("gateway.solo.io/v1", "Gateway"):              func() proto.Message { return new(gateway.GatewaySpec) },
	kind("gateway.solo.io/v1", "MatchableHttpGateway"): func() proto.Message { return new(gateway.MatchableHttpGatewaySpec) },
	kind("gateway.solo.io/v1", "VirtualService"):       func() proto.Message { return new(gateway.VirtualServiceSpec) },
	kind("gateway.solo.io/v1", "RouteTable"):           func() proto.Message { return new(gateway.RouteTableSpec) },
	kind("gateway.solo.io/v1", "RouteOption"):          func() proto.Message { return new(gateway.RouteOptionSpec) },
	kind("gateway.solo.io/v1", "VirtualHostOption"):    func() proto.Message { return new(gateway.VirtualHostOptionSpec) },
	kind("gateway.solo.io/v1", "HttpListenerOption"):   func() proto.Message { return new(gateway.HttpListenerOptionSpec) },
	kind("gloo.solo.io/v1", "Upstream"):                func() proto.Message { return new(gloo.UpstreamSpec) },
}

func kind(apiVersion, kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: apiVersion, Kind: kind}
}

// Decode decodes one object, given as JSON, and fails on a field that Gloo does not know or whose type is another.
// What Gloo writes itself, the status, is not looked at.
func Decode(object []byte) error {
	var o struct {
		metav1.TypeMeta `json:",inline"`
		Metadata        metav1.ObjectMeta `json:"metadata"`
		Spec            json.RawMessage   `json:"spec"`
		Status          json.RawMessage   `json:"status"`
	}
	unknown, err := strictjson.UnmarshalStrict(object, &o)
	if err = errors.Join(append(unknown, err)...); err != nil {
		return fmt.Errorf("%s %s/%s: %w", o.Kind, o.Metadata.Namespace, o.Metadata.Name, err)
	}
	spec, ok := specs[o.TypeMeta]
	if !ok {
		return fmt.Errorf("%s %s: not a kind that glootrace handles", o.APIVersion, o.Kind)
	}
	if err := (&jsonpb.Unmarshaler{}).Unmarshal(bytes.NewReader(o.Spec), spec()); err != nil {
		return fmt.Errorf("%s %s/%s: spec: %w", o.Kind, o.Metadata.Namespace, o.Metadata.Name, err)
	}
	return nil
}
