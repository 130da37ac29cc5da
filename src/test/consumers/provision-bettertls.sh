#!/usr/bin/env bash
# Builds a program that prints the cases of BetterTLS (github.com/Netflix/bettertls) in a cache outside the repository, and
# prints the path of the program as the last line of stdout; progress goes to stderr.
#
# MTLS_OPERATOR_CACHE overrides the default cache, ${XDG_CACHE_HOME:-~/.cache}/mtls-operator.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../provisioning.sh
source "$here/../provisioning.sh"

recipe=1 # another number makes everyone build again
architecture=$(platform "bettertls")
inputs=$(digest "$here"/bettertls/{go.mod,go.sum,main.go})

fill() {
  go_can_build "$here/bettertls" &&
    go_build "$here/bettertls" "$1/bettertls" . "-s -w" ||
    die "Cannot build bettertls: install Go $(sed -n 's/^go //p' "$here/bettertls/go.mod") or newer with access to a Go module proxy."
}

folder=$(provision "bettertls-linux-$architecture-$recipe-$inputs")
printf '%s\n' "$folder/bettertls"
