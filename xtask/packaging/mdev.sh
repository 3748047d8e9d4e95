#!/bin/sh
# packaging/busybox/mdev.conf by BusyBox's mdev, in the test kernel and as its root:
#
#   mdev.sh BUSYBOX MDEV.CONF
#
# It makes /dev/snd/seq with the owner and the rights that the file says.
set -eu

root=$(mktemp -d)
clean() {
    # What is mounted is not removed.
    if ! mountpoint -q "$root" || umount -R "$root"; then rmdir "$root"; fi
}
trap clean EXIT
trap 'exit 1' HUP INT TERM
mount -t tmpfs tmpfs "$root"
mkdir "$root/etc" "$root/dev" "$root/sys" "$root/proc"
cp "$1" "$root/busybox"
cp "$2" "$root/etc/mdev.conf"
printf 'root:x:0:\naudio:x:29:\n' >"$root/etc/group"
echo 'root:x:0:0::/:/bin/sh' >"$root/etc/passwd"
mount -t sysfs sysfs "$root/sys"
mount -t proc proc "$root/proc"
chroot "$root" /busybox mdev -s || {
    echo "does $1 start without other files? Debian's package busybox-static has one that does" >&2
    exit 1
}
seen=$(stat -c '%n %t:%T %u:%g %a' "$root/dev/snd/seq")
[ "${seen#"$root"}" = '/dev/snd/seq 74:1 0:29 660' ] || {
    echo "$seen" >&2
    ls -lR "$root/dev" >&2
    exit 1
}
echo "mdev.conf: passed"
