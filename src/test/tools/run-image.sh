#!/usr/bin/env bash
# run-image.sh ROOT KUBECONFIG COMMAND…: runs a command of an unpacked image as a container engine would: as user 65532, on a read-only
# root file system, in the folder /app, with /proc, /dev and a /tmp that holds only the kubeconfig; on the network of this machine.
# Needs root.
set -euo pipefail
root=$1 kubeconfig=$2
shift 2
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
install -o 65532 -g 65532 -m 600 "$kubeconfig" "$root/tmp/kubeconfig"
mount -o remount,ro,bind "$root"
exec env -i KUBECONFIG=/tmp/kubeconfig /usr/bin/unshare --root="$root" --wd=/app --setuid=65532 --setgid=65532 -- "$@"
