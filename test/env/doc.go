// Package env runs the real parts that glootrace meets: kube-apiserver, etcd and kubectl built from their Go modules,
// Gloo's CRDs, and the glootrace binary as a webhook. Nothing in it needs package testing, so tests and demo share it.
package env
