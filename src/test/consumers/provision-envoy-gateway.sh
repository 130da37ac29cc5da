#!/usr/bin/env bash
# Provides Envoy Gateway in a cache outside the repository, and prints the folder as the last line of stdout; progress goes to
# stderr. The folder holds the program `envoy-gateway`, its CustomResourceDefinitions and those of Gateway API in crds/, and its
# Helm chart in chart/. Builds it from its Go module, which takes about three minutes the first time.
#
# MTLS_OPERATOR_CACHE overrides the default cache, ${XDG_CACHE_HOME:-~/.cache}/mtls-operator.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../provisioning.sh
source "$here/../provisioning.sh"

recipe=1 # another number makes everyone build again
architecture=$(platform "Envoy Gateway")
module=github.com/envoyproxy/gateway
version=$(module_version "$here/envoy-gateway" "$module")
inputs=$(digest "$here"/envoy-gateway/go.{mod,sum})

fill() {
  go_can_build "$here/envoy-gateway" &&
    go_build_quickly "$here/envoy-gateway" "$1/envoy-gateway" "$module/cmd/envoy-gateway" "-s -w" ||
    die "Cannot build Envoy Gateway: install Go $(sed -n 's/^go //p' "$here/envoy-gateway/go.mod") or newer with access to a Go module proxy."
  local gateway api
  gateway=$(go list -C "$here/envoy-gateway" -mod=readonly -m -f '{{.Dir}}' "$module") # go.sum vouches for its content
  api=$(go list -C "$here/envoy-gateway" -mod=readonly -m -f '{{.Dir}}' sigs.k8s.io/gateway-api)
  mkdir "$1/crds"
  install -m 644 "$gateway"/charts/gateway-helm/charts/crds/crds/generated/*.yaml "$api"/config/crd/standard/*.yaml "$1/crds/"
  rm "$1/crds/gateway.networking.k8s.io_vap_safeupgrades.yaml" # a policy for upgrades
  cp -r --no-preserve=mode "$gateway/charts/gateway-helm" "$1/chart"
  mv "$1/chart/values.tmpl.yaml" "$1/chart/values.yaml"
}

folder=$(provision "envoy-gateway-$version-linux-$architecture-$recipe-$inputs")
printf '%s\n' "$folder"
