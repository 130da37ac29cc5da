#!/usr/bin/env bash
# Builds go-tls, a TLS server and client in Go, in a cache outside the repository, and prints the path of the program as the
# last line of stdout; progress goes to stderr.
#
# MTLS_OPERATOR_CACHE overrides the default cache, ${XDG_CACHE_HOME:-~/.cache}/mtls-operator.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../provisioning.sh
source "$here/../provisioning.sh"

recipe=1 # another number makes everyone build again
architecture=$(platform "go-tls")
inputs=$(digest "$here"/go-tls/{go.mod,main.go})

fill() {
  go_can_build "$here/go-tls" &&
    go_build "$here/go-tls" "$1/go-tls" . "-s -w" ||
    die "Cannot build go-tls: install Go $(sed -n 's/^go //p' "$here/go-tls/go.mod") or newer."
}

folder=$(provision "go-tls-linux-$architecture-$recipe-$inputs")
printf '%s\n' "$folder/go-tls"
