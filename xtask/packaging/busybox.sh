#!/bin/sh
# packaging/busybox/S50aseq by BusyBox alone, in the test kernel:
#
#   busybox.sh BUSYBOX SCRIPT ASEQ
#
# A connection whose receiver comes later is made, what is played is recorded, and `stop`
# leaves a whole file and no process.
set -eu

busybox=$1 script=$2 aseq=$3

here=$(mktemp -d)
mkdir "$here/bin" "$here/config" "$here/config/connect" "$here/config/record"
"$busybox" --install -s "$here/bin"
ln -s "$aseq" "$here/bin/aseq"
PATH=$here/bin
export PATH
export ASEQ="$here/bin/aseq" ASEQ_CONFIG="$here/config" ASEQ_STATE="$here/state"
cat >"$here/config/connect/through" <<END
SENDER="Midi Through"
RECEIVER="a late one"
END
cat >"$here/config/record/through" <<END
PORT="Midi Through"
FILE="$here/take.mid"
END

# Waits until a command succeeds.
until_it() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        if [ "$tries" -gt 300 ]; then
            echo "not after 30 s: $*" >&2
            cat "$here"/state/*.log >&2
            exit 1
        fi
        sleep 0.1
    done
}
lists() {
    aseq list | grep -q -- "$1"
}
ended() {
    ! kill -0 "$1" 2>/dev/null
}

sh "$script" start
waits=$(cat "$here/state/connect-through.pid")
records=$(cat "$here/state/record-through.pid")
until_it lists 'aseq record'
until_it grep -q waiting -i "$here/state/connect-through.log"
kill -0 "$waits"

aseq record --quiet --name 'a late one' "$here/late.mid" &
late=$!
until_it lists '(a late one:'
until_it ended "$waits"

aseq send -p 'Midi Through' note 1 60 100 10ms note 1 64 100 10ms
sh "$script" stop
ended "$records"
[ -z "$(ls "$here"/state/*.pid 2>/dev/null)" ]
aseq info "$here/take-1.mid" | grep -q 'notes: 2,'
# The connection has outlived the script.
lists '(a late one:'

sh "$script" restart
until_it lists 'aseq record'
sh "$script" stop
kill "$late"
wait "$late"
aseq info "$here/late.mid" | grep -q 'notes: 2,'
if sh "$script" nonsense; then exit 1; fi
rm -r "$here"
echo "S50aseq: passed"
