#!/usr/bin/env bash
# Provides helm in a cache outside the repository, and prints the path of the program as the last line of stdout; progress goes to
# stderr. Builds it from its Go module, in half a minute if Kubernetes was built: the module requires the same versions.
#
# MTLS_OPERATOR_CACHE overrides the default cache, ${XDG_CACHE_HOME:-~/.cache}/mtls-operator.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../provisioning.sh
source "$here/../provisioning.sh"

recipe=2 # another number makes everyone build again
architecture=$(platform "helm")
version=$(module_version "$here/helm" helm.sh/helm/v3)
client=$(module_version "$here/helm" k8s.io/client-go) # v0.35.1 stands for Kubernetes 1.35.1
minor=$(cut -d . -f 2 <<<"$client")
inputs=$(digest "$here"/helm/go.{mod,sum})

fill() {
  # without them, helm assumes Kubernetes 1.20 when it has no cluster
  local ldflags="-s -w -X helm.sh/helm/v3/internal/version.version=$version"
  local versions
  for versions in helm.sh/helm/v3/pkg/chartutil helm.sh/helm/v3/pkg/lint/rules; do
    ldflags+=" -X $versions.k8sVersionMajor=1 -X $versions.k8sVersionMinor=$minor"
  done
  go_can_build "$here/helm" &&
    go_build "$here/helm" "$1/helm" helm.sh/helm/v3/cmd/helm "$ldflags" ||
    die "Cannot build helm: install Go $(sed -n 's/^go //p' "$here/helm/go.mod") or newer with access to a Go module proxy."
}

folder=$(provision "helm-$version-linux-$architecture-$recipe-$inputs")
printf '%s\n' "$folder/helm"
