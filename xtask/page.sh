#!/bin/sh
# Prepares a directory with Debian's browser for chroot, and runs a program, as the root of a
# test kernel: page.sh ROOT PROGRAM ARGUMENTS
set -eu

root=$1
shift
mkdir -p "$root/proc" "$root/sys" "$root/dev" "$root/tmp"
mount --rbind /proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
# The packages were only unpacked, so their settings for fonts are not there.
cat >"$root/tmp/fonts.conf" <<'END'
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <cachedir>/tmp/fonts</cachedir>
  <alias binding="same"><family>sans-serif</family><prefer><family>Liberation Sans</family></prefer></alias>
</fontconfig>
END
ALSA_SEQ_BROWSER=$root exec "$@"
