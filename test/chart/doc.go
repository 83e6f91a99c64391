// Package chart tries the Helm chart with Helm 3 and 4: what it renders, what it refuses, and what becomes of it on a
// real API server. The cases are in testdata, a folder each: values.yaml, and golden.yaml with what they change.
package chart
