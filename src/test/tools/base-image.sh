#!/usr/bin/env bash
# base-image.sh FILE: writes a base image in the format of `docker save` that holds only this machine's C library and what GCC adds to it,
# for tests without access to an image registry.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root"/{etc,proc,dev,sys,tmp}
chmod 1777 "$root/tmp"
echo 'nonroot:x:65532:65532::/:/sbin/nologin' >"$root/etc/passwd"
echo 'nonroot:x:65532:' >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
ldd "$(command -v bash)" | grep -o '/[^ ]*ld-linux[^ ]*' | while read -r loader; do
  install -D -m 755 "$loader" "$root$loader"
done
library=$(ldconfig -p | sed -n 's/^\tlibc\.so\.6 .*x86-64.* => //p;s/^\tlibc\.so\.6 .*AArch64.* => //p' | head -n 1)
for name in libc.so.6 libm.so.6 libdl.so.2 libpthread.so.0 librt.so.1 libnss_files.so.2 libnss_dns.so.2 libresolv.so.2 \
  libgcc_s.so.1; do
  [[ ! -e ${library%/*}/$name ]] || install -D -m 644 "${library%/*}/$name" "$root${library%/*}/$name"
done
tar --sort=name --mtime=@1 --owner=0 --group=0 --numeric-owner -C "$root" -cf "$work/layer.tar" .
sum=$(sha256sum "$work/layer.tar" | cut -d ' ' -f 1)
architecture=$(uname -m | sed 's/x86_64/amd64/;s/aarch64/arm64/')
cat >"$work/config.json" <<EOF
{"architecture":"$architecture","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["sha256:$sum"]}}
EOF
echo '[{"Config":"config.json","RepoTags":["base:test"],"Layers":["layer.tar"]}]' >"$work/manifest.json"
tar --sort=name --mtime=@1 --owner=0 --group=0 -C "$work" -cf "$1" manifest.json config.json layer.tar
