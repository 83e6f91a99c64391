package datapath

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
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

// freeAddress is an address of 127.0.0.1 that nobody listens on, and that nobody was given before: who has it may be
// between two starts. For the same reason its port is below those that the kernel gives to outgoing connections.
func freeAddress() (string, error) {
	const low, high = 15000, 32000
	for range 100 {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(low+rand.IntN(high-low)))
		if _, given := givenAddresses.LoadOrStore(address, true); given {
			continue
		}
		if l, err := net.Listen("tcp", address); err == nil {
			return address, l.Close()
		}
	}
	return "", errors.New("no free port of 127.0.0.1 found")
}

var givenAddresses sync.Map

// portOf is the port of an address.
func portOf(address string) (int, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return 0, fmt.Errorf("address: %w", err)
	}
	return strconv.Atoi(port)
}
