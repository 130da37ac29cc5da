#!/usr/bin/env bash
# Provides zlint, a certificate linter, in a cache outside the repository, and prints the path of the program as the last
# line of stdout; progress goes to stderr. Builds it from its Go module, which takes about a minute the first time.
#
# MTLS_OPERATOR_CACHE overrides the default cache, ${XDG_CACHE_HOME:-~/.cache}/mtls-operator.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../provisioning.sh
source "$here/../provisioning.sh"

recipe=1 # another number makes everyone build again
architecture=$(platform "zlint")
version=$(module_version "$here/zlint" github.com/zmap/zlint/v3)
inputs=$(digest "$here"/zlint/go.{mod,sum})

fill() {
  go_can_build "$here/zlint" &&
    go_build "$here/zlint" "$1/zlint" github.com/zmap/zlint/v3/cmd/zlint "-s -w -X main.version=$version" ||
    die "Cannot build zlint: install Go $(sed -n 's/^go //p' "$here/zlint/go.mod") or newer with access to a Go module proxy."
}

folder=$(provision "zlint-$version-linux-$architecture-$recipe-$inputs")
printf '%s\n' "$folder/zlint"
