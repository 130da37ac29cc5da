#!/usr/bin/env bash
# Provides the code with which GitOps tools assess resources in a cache outside the repository, and prints the folder as the last
# line of stdout; progress goes to stderr. The folder holds the program `gitops` (kstatus and Argo CD's Lua interpreter, built from
# their Go modules) and, in crds/, the CustomResourceDefinitions of Argo CD and Flux, from their Go modules.
#
# MTLS_OPERATOR_CACHE overrides the default cache, ${XDG_CACHE_HOME:-~/.cache}/mtls-operator.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../provisioning.sh
source "$here/../provisioning.sh"

recipe=1 # another number makes everyone build again
architecture=$(platform "gitops")
version=$(module_version "$here/gitops" sigs.k8s.io/cli-utils)
inputs=$(digest "$here"/gitops/go.{mod,sum} "$here"/gitops/main.go "$here"/gitops/crds.txt)

# module_folder MODULE@VERSION: prints the folder of the module in Go's module cache; downloads it if necessary.
module_folder() {
  local answer
  answer=$(cd / && go mod download -json "$1") || die "Cannot fetch the Go module $1: $answer"
  sed -n 's/^[[:space:]]*"Dir": "\(.*\)",$/\1/p' <<<"$answer"
}

fill() {
  go_can_build "$here/gitops" &&
    go_build "$here/gitops" "$1/gitops" . "-s -w" ||
    die "Cannot build gitops: install Go $(sed -n 's/^go //p' "$here/gitops/go.mod") or newer with access to a Go module proxy."
  mkdir "$1/crds"
  local sum module file folder
  while read -r sum module file; do
    say "Fetching ${file##*/} of $module …"
    folder=$(module_folder "$module")
    install -m 644 "$folder/$file" "$1/crds/"
    echo "$sum  $1/crds/${file##*/}" | sha256sum --check --quiet >&2 || die "${file##*/} does not match the checksum in crds.txt."
  done <"$here/gitops/crds.txt"
}

folder=$(provision "gitops-$version-linux-$architecture-$recipe-$inputs")
printf '%s\n' "$folder"
