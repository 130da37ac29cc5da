#!/usr/bin/env bash
# Builds argocd-diff, which compares as Argo CD and Flux do, in a cache outside the repository, and prints the path of the
# program as the last line of stdout; progress goes to stderr. Argo CD's gitops-engine needs much of Kubernetes, which is there if
# Kubernetes was built: the module requires the same versions.
#
# MTLS_OPERATOR_CACHE overrides the default cache, ${XDG_CACHE_HOME:-~/.cache}/mtls-operator.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../provisioning.sh
source "$here/../provisioning.sh"

recipe=1 # another number makes everyone build again
architecture=$(platform "argocd-diff")
inputs=$(digest "$here"/argocd-diff/{go.mod,go.sum,main.go})

fill() {
  go_can_build "$here/argocd-diff" &&
    go_build "$here/argocd-diff" "$1/argocd-diff" . "-s -w" ||
    die "Cannot build argocd-diff: install Go $(sed -n 's/^go //p' "$here/argocd-diff/go.mod") or newer with access to a Go module proxy."
}

folder=$(provision "argocd-diff-linux-$architecture-$recipe-$inputs")
printf '%s\n' "$folder/argocd-diff"
