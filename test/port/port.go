// Package port finds addresses that nobody listens on, for programs that are told where to listen.
package port

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// given are the addresses that this process was given before: who has one may be between two starts.
var given sync.Map

// Free finds n addresses, host and port, of an IP address of this host. Their ports are below those that the kernel gives
// to outgoing connections.
func Free(ip string, n int) ([]string, error) {
	const low, high = 15000, 32000
	var found []string
	for range 100 * n {
		if len(found) == n {
			return found, nil
		}
		address := net.JoinHostPort(ip, strconv.Itoa(low+rand.IntN(high-low)))
		if _, taken := given.LoadOrStore(address, true); taken {
			continue
		}
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			found = append(found, address)
		}
	}
	return nil, errors.New("no free port of " + ip + " found")
}
