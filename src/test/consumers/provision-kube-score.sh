#!/usr/bin/env bash
# Provides kube-score, which judges manifests, in a cache outside the repository, and prints the path of the program as the last
# line of stdout; progress goes to stderr. Builds it from its Go module, which takes about a minute the first time.
#
# MTLS_OPERATOR_CACHE overrides the default cache, ${XDG_CACHE_HOME:-~/.cache}/mtls-operator.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../provisioning.sh
source "$here/../provisioning.sh"

recipe=1 # another number makes everyone build again
architecture=$(platform "kube-score")
version=$(module_version "$here/kube-score" github.com/zegl/kube-score)
inputs=$(digest "$here"/kube-score/go.{mod,sum})

fill() {
  go_can_build "$here/kube-score" &&
    go_build_quickly "$here/kube-score" "$1/kube-score" github.com/zegl/kube-score/cmd/kube-score "-s -w -X main.version=$version" ||
    die "Cannot build kube-score: install Go $(sed -n 's/^go //p' "$here/kube-score/go.mod") or newer with access to a Go module proxy."
}

folder=$(provision "kube-score-$version-linux-$architecture-$recipe-$inputs")
printf '%s\n' "$folder/kube-score"
