# Sourced by the provision scripts: a cache of programs outside the repository, which the first run fills.
# shellcheck shell=bash

# also in $(provision …): a step of `fill` that fails must not leave half a folder in the cache
shopt -s inherit_errexit

# Holds the finished folders; they can be removed at any time.
cache=${MTLS_OPERATOR_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/mtls-operator}

say() { printf '%s\n' "$*" >&2; }

die() {
  say "$*"
  exit 1
}

# platform: prints "amd64" or "arm64"; only Linux on these is supported.
platform() {
  case "$(uname -s)/$(uname -m)" in
    Linux/x86_64) echo amd64 ;;
    Linux/aarch64) echo arm64 ;;
    *) die "$1 can be provisioned only on Linux amd64 and arm64; this is $(uname -s) $(uname -m)." ;;
  esac
}

# digest FILE…: prints twelve hex digits that change with the content of the files.
digest() { cat "$@" | sha256sum | cut -c 1-12; }

# module_version MODULE_FOLDER PATH: prints the version of PATH that the folder's go.mod requires.
module_version() {
  local version
  version=$(sed -nE "s#^(require)?[[:space:]]+$2 (v[^ ]+).*#\\2#p" "$1/go.mod")
  [[ -n $version ]] || die "$1/go.mod does not require $2."
  echo "$version"
}

# go_can_build MODULE_FOLDER: tests whether Go is installed and is, or can fetch, the version that go.mod requires.
go_can_build() { command -v go >/dev/null && (cd "$1" && GOFLAGS=-mod=readonly go version) >/dev/null 2>&1; }

# go_build MODULE_FOLDER OUTPUT PACKAGE LDFLAGS: builds one program whose own speed matters.
go_build() { go_compile "$@" -dwarf=false; }

# go_build_quickly MODULE_FOLDER OUTPUT PACKAGE LDFLAGS: builds a large one that works little, without optimization:
# in two thirds of the time.
go_build_quickly() { go_compile "$@" "-dwarf=false -N -l"; }

# go_compile MODULE_FOLDER OUTPUT PACKAGE LDFLAGS GCFLAGS: all without C, so that programs share what is compiled, where their
# modules require the same versions: helm, argocd-diff and gitops those of Kubernetes.
go_compile() {
  CGO_ENABLED=0 build "${2##*/} with $(cd "$1" && go env GOVERSION)" \
    go build -C "$1" -mod=readonly -trimpath -ldflags "$4" -gcflags "all=$5" -o "$2" "$3"
}

# cargo_build CRATE_FOLDER FOLDER NAME: builds one program of a crate into a folder, and leaves nothing else there.
cargo_build() {
  command -v cargo >/dev/null || return
  build "$3 with $(cargo --version)" \
    cargo build --quiet --release --locked --manifest-path "$1/Cargo.toml" --target-dir "$2/target" &&
    mv "$2/target/release/$3" "$2/$3" && rm -rf "$2/target"
}

# build WHAT COMMAND…: runs a build, and reports progress every 30 seconds.
build() {
  local what=$1 started=$SECONDS heartbeat status=0
  shift
  say "Building $what …"
  # redirected so that sleep keeps no pipe open; ends if the script is killed
  while sleep 30 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
    say "  … still building $what ($((SECONDS - started)) s)"
  done 9>&- &
  heartbeat=$!
  "$@" >&2 || status=$?
  kill "$heartbeat" 2>/dev/null || true
  wait "$heartbeat" 2>/dev/null || true
  ((status == 0)) && say "  $what built in $((SECONDS - started)) s"
  return "$status"
}

# fetch URL FILE: downloads over https only; curl prints nothing but errors.
fetch() {
  say "Downloading $1 …"
  curl --proto '=https' --proto-redir '=https' --fail --silent --show-error --location --retry 2 \
    --connect-timeout 15 --output "$2" "$1" >&2
}

# provision NAME: prints the folder $cache/NAME as the last line. If the folder does not exist, `fill FOLDER`, a function of the
# sourcing script, creates its content. The folder appears only when complete; of parallel runs, one fills it and the others wait.
provision() {
  local folder=$cache/$1
  if [[ ! -d $folder ]]; then
    mkdir -p "$cache"
    exec 9>"$cache/.$1.lock"
    if ! flock --nonblock 9; then
      say "Another run is filling $folder; waiting for it …"
      flock 9
    fi
    if [[ ! -d $folder ]]; then
      rm -rf "$cache/.$1".part.* # left by a run that was killed; we hold the lock
      part=$(mktemp -d "$cache/.$1.part.XXXXXX")
      trap 'rm -rf "$part"' EXIT
      fill "$part"
      chmod 755 "$part"
      mv -T "$part" "$folder"
    fi
    exec 9>&-
  fi
  printf '%s\n' "$folder"
}
