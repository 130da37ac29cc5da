#!/usr/bin/env bash
# run.sh CERTS COMMAND…: runs a command of a container that has a volume at /certs, with the folder CERTS there; all else is as on
# this machine. To be run in a mount namespace of its own: unshare --map-root-user --mount run.sh …
set -euo pipefail
certs=$1
shift
root=$certs.root
mkdir "$root"
mount -t tmpfs tmpfs "$root"
for path in /*; do
  if [[ -L $path ]]; then
    cp -d "$path" "$root/"
  elif [[ -d $path ]]; then
    mkdir "$root$path"
    mount --rbind "$path" "$root$path"
  fi
done
mkdir -p "$root/certs"
mount --bind "$certs" "$root/certs"
exec chroot "$root" "$@"
