#!/bin/sh
# A Debian package in a clean Debian, in the test kernel and as its root:
#
#   debian.sh ROOT PACKAGE NAME
#
# It is installed, used and removed, and leaves nothing.
set -eu

root=$1 package=$2 name=$3

# The root stays as it is.
here=$(mktemp -d)
work=$here/root
clean() {
    # What is mounted is not removed.
    if ! mountpoint -q "$work" || umount -R "$work"; then rm -r "$here"; fi
}
trap clean EXIT
trap 'exit 1' HUP INT TERM
mkdir "$work"
mount -t tmpfs tmpfs "$work"
tar -C "$work" -xf "$root"
mount -t proc proc "$work/proc"
mount -t devtmpfs devtmpfs "$work/dev"
cp "$package" "$work/tmp/$name.deb"
files() {
    # What dpkg, and who it calls, keep about packages is another matter.
    (cd "$work" && find . -xdev \( -path ./proc -o -path ./dev -o -path ./tmp \
        -o -path ./var/lib/dpkg -o -path ./var/log -o -path ./var/cache \) -prune -o -print | sort)
}
inside() {
    chroot "$work" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive "$@"
}
files >"$here/before"
inside dpkg --install "/tmp/$name.deb"
inside "$name" list | grep -q 'Midi Through'
inside "$name" --version
inside dpkg --verify "$name"
inside dpkg --listfiles "$name"
inside dpkg --purge "$name"
files >"$here/after"
diff "$here/before" "$here/after"
echo "$name in a clean Debian: passed"
