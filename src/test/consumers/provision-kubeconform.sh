#!/usr/bin/env bash
# Provides kubeconform, which validates manifests by schemas, in a cache outside the repository, and prints the path of the program
# as the last line of stdout; progress goes to stderr. Builds it from its Go module, which takes half a minute the first time.
#
# MTLS_OPERATOR_CACHE overrides the default cache, ${XDG_CACHE_HOME:-~/.cache}/mtls-operator.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../provisioning.sh
source "$here/../provisioning.sh"

recipe=1 # another number makes everyone build again
architecture=$(platform "kubeconform")
version=$(module_version "$here/kubeconform" github.com/yannh/kubeconform)
inputs=$(digest "$here"/kubeconform/go.{mod,sum})

fill() {
  go_can_build "$here/kubeconform" &&
    go_build_quickly "$here/kubeconform" "$1/kubeconform" github.com/yannh/kubeconform/cmd/kubeconform "-s -w -X main.version=$version" ||
    die "Cannot build kubeconform: install Go $(sed -n 's/^go //p' "$here/kubeconform/go.mod") or newer with access to a Go module proxy."
}

folder=$(provision "kubeconform-$version-linux-$architecture-$recipe-$inputs")
printf '%s\n' "$folder/kubeconform"
