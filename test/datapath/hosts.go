package datapath

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

// Hosts says where addresses of the cluster are found here: "otel-collector:4317" is "127.0.0.1:20417".
type Hosts map[string]string

// resolve is an endpoint, with or without a scheme before and a path behind its address, as it is found here.
func (h Hosts) resolve(endpoint string) string {
	scheme, rest, ok := strings.Cut(endpoint, "://")
	if !ok {
		scheme, rest = "", endpoint
	} else {
		scheme += "://"
	}
	address, path, ok := strings.Cut(rest, "/")
	if ok {
		path = "/" + path
	}
	if here, known := h[address]; known {
		address = here
	}
	return scheme + address + path
}

// portOf is the port of an address.
func portOf(address string) (int, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return 0, fmt.Errorf("address: %w", err)
	}
	return strconv.Atoi(port)
}
