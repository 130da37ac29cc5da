#!/usr/bin/env bash
# Provides Contour, an ingress controller, in a cache outside the repository, and prints the folder as the last line of stdout;
# progress goes to stderr. The folder holds the program `contour` and, in manifests/, its ServiceAccount, roles and
# CustomResourceDefinitions. Builds it from its Go module, which takes about two minutes the first time.
#
# MTLS_OPERATOR_CACHE overrides the default cache, ${XDG_CACHE_HOME:-~/.cache}/mtls-operator.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../provisioning.sh
source "$here/../provisioning.sh"

recipe=1 # another number makes everyone build again
architecture=$(platform "Contour")
module=github.com/projectcontour/contour
version=$(module_version "$here/contour" "$module")
inputs=$(digest "$here"/contour/go.{mod,sum})

fill() {
  go_can_build "$here/contour" &&
    go_build_quickly "$here/contour" "$1/contour" "$module/cmd/contour" "-s -w -X $module/internal/build.Version=$version" ||
    die "Cannot build Contour: install Go $(sed -n 's/^go //p' "$here/contour/go.mod") or newer with access to a Go module proxy."
  local folder
  folder=$(go list -C "$here/contour" -mod=readonly -m -f '{{.Dir}}' "$module") # go.sum vouches for its content
  mkdir "$1/manifests"
  install -m 644 "$folder"/examples/contour/{00-common,01-crds,02-rbac,02-role-contour}.yaml "$1/manifests/"
}

folder=$(provision "contour-$version-linux-$architecture-$recipe-$inputs")
printf '%s\n' "$folder"
