#!/bin/sh
# Runs a program where a browser of Debian can be started by chroot, as the test kernel's
# root: page.sh ROOT PROGRAM ARGUMENTS
set -eu

root=$1
shift
mkdir -p "$root/proc" "$root/sys" "$root/dev" "$root/tmp"
mount --rbind /proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
# The packages that have fonts say so when they are installed, which these are not.
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
