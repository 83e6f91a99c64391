# Every target does all of its own set-up. What is built once for the tests is
# kept in the user's cache folder (glootrace/), by version.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build image release release-twice test fuzz bench e2e e2e-clean matrix demo docs screenshots lint clean

# As arguments of make: variables of these names that an environment has are about something else.
VERSION = $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
# The image: what it is called, and for which processor it is.
IMAGE = ghcr.io/glootrace/glootrace:$(VERSION:v%=%)
ARCH = $(shell go env GOARCH)
TOOL := go tool -modfile="$(CURDIR)/.ci/tools/go.mod"

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build bin/glootrace
	go build -trimpath -ldflags "-s -w -X 'main.version=$(VERSION)'" -o bin/glootrace ./cmd/glootrace

image: ## Build bin/glootrace-image.tar (IMAGE=name:tag, ARCH=arm64) and its SBOM; with Docker, load it there
	cd .ci/image && go run . -source "$(CURDIR)" -out "$(CURDIR)/bin" -tag "$(IMAGE)" -arch "$(ARCH)" -version "$(VERSION)"
	@if docker version >/dev/null 2>&1; then docker load -i bin/glootrace-image.tar; \
	else echo "no Docker here: take the archive to where it is needed, it is an OCI layout too"; fi

# The same commit, VERSION and Go give the same bytes everywhere, which release-twice holds: in another folder, with an empty
# build cache.
RELEASE = cd "$(1)/.ci/image" && go run ./release -source "$(1)" -out "$(2)" -version "$(VERSION)"

release: ## Build all of a release into bin/release: VERSION=v1.2.3
	$(call RELEASE,$(CURDIR),$(CURDIR)/bin/release)

release-twice: release ## Build a release, once more from a clone, and compare
	@dir=$$(mktemp -d); trap 'chmod -R u+w "$$dir"; rm -rf "$$dir"' EXIT; git clone -q . "$$dir/clone"; \
	export GOCACHE="$$dir/cache"; (set -x; $(call RELEASE,$$dir/clone,$$dir/release)) && diff bin/release/SHA256SUMS "$$dir/release/SHA256SUMS" \
	&& echo "the same, twice"

# -count=1: tests of binaries that they build, of which Go's cache of results knows nothing.
test: lint ## Run all tests; the first time this builds a control plane, Helm and a collector, and fetches Envoy and Zipkin
	go test ./...
	cd .ci/image && go test -count=1 ./...
	cd test && go run ./assets && go test -count=1 ./...

# As many at once as there are processors. What is found is written into the package's testdata/fuzz, to be committed.
# Go before 1.27 takes the end of the time for a failure now and then (go.dev/issue/75804), which is none.
# Making inputs smaller, which Go shows as 0 execs/s, would take most of the time if it were not limited.
FUZZTIME ?= 1m
fuzz: ## Run each fuzz target for FUZZTIME (1m)
	@go test -list '^Fuzz' ./... | awk '/^Fuzz/ {targets[n++] = $$1} /^ok/ {for (i = 0; i < n; i++) print $$2, targets[i]; n = 0}' \
	  | xargs -P "$$(getconf _NPROCESSORS_ONLN)" -L 1 bash -c 'out=$$(go test -run=NONE -fuzz="^$$2\$$" -fuzztime=$(FUZZTIME) -fuzzminimizetime=1s -parallel=1 "$$1" 2>&1) \
	    || grep -A1 "^--- FAIL" <<<"$$out" | grep -qx " *context deadline exceeded" || { echo "$$1 $$2:"; echo "$$out"; exit 255; }; \
	    echo "$$1 $$2: $$(grep -o "execs: [0-9]*" <<<"$$out" | tail -1)"' fuzz

# The cluster is kind's, in Docker, which is installed and started if need be. K8S_VERSION=v1.37.2 makes it one of another
# Kubernetes, E2E_NODE_IMAGE=kindest/node:v1.36.1 takes kind's own node, E2E_KEEP=1 leaves it, RUN=Install runs some tests.
e2e: ## Run the end-to-end tests in a cluster of their own; the first time this builds its node
	cd test && go run ./e2e/run $(if $(RUN),-test.run='$(RUN)')

e2e-clean: ## Delete the cluster that E2E_KEEP=1 has left, and end the Docker daemon that was started for it
	cd test && go run ./e2e/run clean

# The newest and the oldest that Go's module proxy has with native sidecars on, and one between.
VERSIONS ?= v1.37.2 v1.34.4 v1.32.13
matrix: ## Run integration and end-to-end tests on several versions of Kubernetes, VERSIONS="v1.37.2 …": hours, the first time
	cd test && for v in $(VERSIONS); do export K8S_VERSION=$$v; \
	  go run ./assets && go test -count=1 ./integration && go run ./compatibility integration && $(MAKE) -C .. e2e; done

demo: ## Show the main job on a real API server (DEMO_KEEP=1 leaves it running)
	cd test && go run ./demo

bench: ## Measure what an admission costs, and write it into docs/performance.md (SCALE=1: in large clusters, some minutes)
	cd test && go run ./bench $(if $(SCALE),-scale) -markdown ../docs/performance.md

docs: ## Write docs/rules.md, docs/cli, docs/man, docs/values.md and the diagrams from what they are about
	go test ./cmd/glootrace -run TestDocs -update
	cd test && go run ./assets helm && go test ./chart -run TestDocs -update && go run ./diagrams

screenshots: ## Make docs/images/trace.png: the demo's trace on Zipkin's page, in a headless Chromium
	cd test && go run ./screenshots

lint: ## Check format, vet, staticcheck and known vulnerabilities
	@unformatted=$$(gofmt -l .); [ -z "$$unformatted" ] || { echo "not gofmt-ed: $$unformatted"; exit 1; }
	for module in . .ci/image test; do (cd $$module && go vet ./... && $(TOOL) staticcheck ./...); done
	@code=0; $(TOOL) govulncheck ./... || code=$$?; \
	case $$code in 0) ;; 1) echo "govulncheck could not run (no network?): known vulnerabilities are not checked";; *) exit $$code;; esac

clean: ## Remove what was built; what is kept for the tests is in ~/.cache/glootrace
	rm -rf bin e2e-logs
