#!/usr/bin/env bash
# Provides pkilint, a certificate linter in Python, in a cache outside the repository, and prints the path of the program as the
# last line of stdout; progress goes to stderr. Installs it from PyPI, which takes seconds the first time.
#
# MTLS_OPERATOR_CACHE overrides the default cache, ${XDG_CACHE_HOME:-~/.cache}/mtls-operator.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../provisioning.sh
source "$here/../provisioning.sh"

recipe=4 # another number makes everyone install it again
architecture=$(platform "pkilint")
requirements=$here/pkilint/requirements.txt
version=$(sed -n 's/^pkilint==//p' "$requirements")
# parts of it are compiled for one version of Python
python=$(python3 -c 'import sys; print("python%d.%d" % sys.version_info[:2])')

fill() {
  build "pkilint for $python" \
    python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$1/site" -r "$requirements" ||
    die "Cannot install pkilint: install pip, with access to a Python package index."
  cat >"$1/pkilint" <<'PROGRAM'
#!/bin/sh
# prints what it finds in each certificate, CRL or OCSP response, from notices on, as one JSON document a file: most of its time is its start
PYTHONPATH="$(dirname "$0")/site" exec python3 -c '
import sys
from pkilint.bin import lint_crl, lint_ocsp_response, lint_pkix_cert
for file in sys.argv[1:]:
    common = ["-s", "NOTICE", "-f", "JSON", file]
    if file.endswith(".ocsp"):
        lint_ocsp_response.main(["lint", "--document-format", "DER"] + common)
    elif b"BEGIN X509 CRL" in open(file, "rb").read():
        lint_crl.main(["lint", "-t", "CRL", "-p", "PKIX"] + common)
    else:
        lint_pkix_cert.main(["lint"] + common)
' "$@"
PROGRAM
  chmod 755 "$1/pkilint"
}

folder=$(provision "pkilint-$version-$python-linux-$architecture-$recipe-$(digest "$requirements")")
printf '%s\n' "$folder/pkilint"
