#!/bin/sh
# packaging/openwrt's init script with stand-ins for OpenWrt's functions, which are not to be
# had outside an image: it asks procd for the right commands.
#
#   procd.sh SCRIPT
set -eu

# A file of /etc/config is written as calls of these.
sections=''
config() {
    section=${2:-cfg$((count += 1))}
    sections="$sections $1:$section"
}
option() {
    eval "option_${section}_$1=\$2"
}
count=0
config connect
option sender 'USB Keyboard'
option receiver 'FLUID Synth:1'
config patch
option file '/etc/aseq/patch'
config record night
option port '20:0'
option file '/mnt/take.mid'

config_load() {
    [ "$1" = aseq ]
}
config_foreach() {
    for entry in $sections; do
        if [ "${entry%%:*}" = "$2" ]; then "$1" "${entry#*:}"; fi
    done
}
config_get() {
    eval "$1=\$option_$2_$3"
}
procd_open_instance() {
    echo "instance $1"
}
procd_set_param() {
    printf '%s' "$1"
    shift
    if [ $# -gt 0 ]; then printf ' <%s>' "$@"; fi
    echo
}
procd_close_instance() {
    echo close
}
# shellcheck source=/dev/null
. "$1"
seen=$(start_service)
wanted='instance connect-cfg1
command </usr/bin/aseq> <connect> <--wait> <USB Keyboard> <FLUID Synth:1>
stdout <1>
stderr <1>
close
instance patch-cfg2
command </usr/bin/aseq> <patch> <keep> </etc/aseq/patch>
stdout <1>
stderr <1>
respawn
close
instance record-night
command </usr/bin/aseq> <record> <--quiet> <--wait> <--number> <-p> <20:0> </mnt/take.mid>
stdout <1>
stderr <1>
respawn
close'
[ "$seen" = "$wanted" ] || {
    echo "$seen" >&2
    exit 1
}
echo "aseq.init: passed"
