#!/usr/bin/env bash
# Builds rustls-tls, a TLS server and client in Rust, in a cache outside the repository, and prints the path of the program as
# the last line of stdout; progress goes to stderr. Its cryptography in C takes two minutes of CPU the first time.
#
# MTLS_OPERATOR_CACHE overrides the default cache, ${XDG_CACHE_HOME:-~/.cache}/mtls-operator.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../provisioning.sh
source "$here/../provisioning.sh"

recipe=1 # another number makes everyone build again
architecture=$(platform "rustls-tls")
inputs=$(digest "$here"/rustls-tls/{Cargo.toml,Cargo.lock,src/main.rs})

fill() {
  cargo_build "$here/rustls-tls" "$1" rustls-tls ||
    die "Cannot build rustls-tls: install Rust $(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$here/rustls-tls/Cargo.toml") or newer, and a C compiler."
}

folder=$(provision "rustls-tls-linux-$architecture-$recipe-$inputs")
printf '%s\n' "$folder/rustls-tls"
