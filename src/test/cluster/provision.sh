#!/usr/bin/env bash
# Provides kube-apiserver, kube-controller-manager, kubectl and etcd in a cache outside the repository, and prints their folder
# as the last line of stdout; progress goes to stderr. Their source:
#
#   the cache                      immediately
#   else, with Go (see go.mod)     a build from their Go modules: about ten minutes the first time
#   else, with a network and curl  the official release binaries, verified with their published checksums
#
# MTLS_OPERATOR_CACHE overrides the default cache, ${XDG_CACHE_HOME:-~/.cache}/mtls-operator.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../provisioning.sh
source "$here/../provisioning.sh"

recipe=1 # another number makes everyone build again
architecture=$(platform "The embedded Kubernetes API")
kubernetes=$(module_version "$here/kubernetes" k8s.io/kubernetes)
etcd=$(module_version "$here/etcd" go.etcd.io/etcd/server/v3)
inputs=$(digest "$here"/{kubernetes,etcd}/go.{mod,sum})

compile() {
  local major minor version=k8s.io/component-base/version ldflags
  IFS=. read -r major minor _ <<<"${kubernetes#v}"
  ldflags="-s -w -X $version.gitVersion=$kubernetes -X $version.gitMajor=$major -X $version.gitMinor=$minor -X $version.gitTreeState=clean"
  say "Building Kubernetes $kubernetes and etcd $etcd from source: about ten minutes on two cores, about one with a warm Go cache."
  go_build "$here/kubernetes" "$1/kube-apiserver" k8s.io/kubernetes/cmd/kube-apiserver "$ldflags" &&
    go_build "$here/etcd" "$1/etcd" go.etcd.io/etcd/server/v3 "-s -w" &&
    go_build "$here/kubernetes" "$1/kube-controller-manager" k8s.io/kubernetes/cmd/kube-controller-manager "$ldflags" &&
    go_build "$here/kubernetes" "$1/kubectl" k8s.io/kubernetes/cmd/kubectl "$ldflags"
}

download() {
  local program release=etcd-$etcd-linux-$architecture
  local kubernetes_url=https://dl.k8s.io/release/$kubernetes/bin/linux/$architecture
  local etcd_url=https://github.com/etcd-io/etcd/releases/download/$etcd
  for program in kube-apiserver kube-controller-manager kubectl; do
    fetch "$kubernetes_url/$program" "$1/$program" || return
    fetch "$kubernetes_url/$program.sha256" "$1/$program.sha256" || return
    printf '%s  %s\n' "$(cut -c 1-64 "$1/$program.sha256")" "$1/$program" | sha256sum --check --quiet --strict >&2 || return
    rm "$1/$program.sha256"
  done
  fetch "$etcd_url/$release.tar.gz" "$1/$release.tar.gz" || return
  fetch "$etcd_url/SHA256SUMS" "$1/SHA256SUMS" || return
  (cd "$1" && sha256sum --check --quiet --strict --ignore-missing SHA256SUMS) >&2 || return
  tar --extract --gzip --file "$1/$release.tar.gz" --directory "$1" --strip-components 1 --no-same-owner "$release/etcd" || return
  rm "$1/$release.tar.gz" "$1/SHA256SUMS"
  chmod 755 "$1"/*
}

fill() {
  if go_can_build "$here/kubernetes"; then
    compile "$1" && return
    say "The build failed; falling back to the official release binaries."
    rm -rf "${1:?}"/*
  else
    say "No Go that satisfies $here/kubernetes/go.mod; trying the official release binaries."
  fi
  command -v curl >/dev/null && download "$1" ||
    die "Cannot provision the embedded Kubernetes API: install Go $(sed -n 's/^go //p' "$here/kubernetes/go.mod") or newer with access to a Go module proxy, or allow curl to reach dl.k8s.io and github.com."
}

provision "kubernetes-$kubernetes-etcd-$etcd-linux-$architecture-$recipe-$inputs"
