#!/usr/bin/env bash
# Provides the CustomResourceDefinitions of Istio, Traefik and the Prometheus operator in a cache outside the repository, and prints
# the folder as the last line of stdout; progress goes to stderr. They are files of Go modules, of which nothing is built.
#
# MTLS_OPERATOR_CACHE overrides the default cache, ${XDG_CACHE_HOME:-~/.cache}/mtls-operator.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../provisioning.sh
source "$here/../provisioning.sh"

recipe=1 # another number makes everyone fetch again
inputs=$(digest "$here"/gateway-kinds/go.{mod,sum})

# module_folder MODULE: downloads it; go.sum vouches for its content
module_folder() {
  go mod download -C "$here/gateway-kinds" -modcacherw "$1" >&2 &&
    go list -C "$here/gateway-kinds" -mod=readonly -m -f '{{.Dir}}' "$1" ||
    die "Cannot fetch $1: install Go $(sed -n 's/^go //p' "$here/gateway-kinds/go.mod") or newer with access to a Go module proxy."
}

fill() {
  local istio traefik prometheus
  istio=$(module_folder istio.io/api)
  traefik=$(module_folder github.com/traefik/traefik/v3)
  prometheus=$(module_folder github.com/prometheus-operator/prometheus-operator)
  install -m 644 "$istio/kubernetes/customresourcedefinitions.gen.yaml" "$1/istio.yaml"
  install -m 644 "$traefik/docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml" "$1/traefik.yaml"
  install -m 644 "$prometheus"/example/prometheus-operator-crd/monitoring.coreos.com_{prometheusrules,servicemonitors}.yaml "$1/"
}

provision "gateway-kinds-$recipe-$inputs"
