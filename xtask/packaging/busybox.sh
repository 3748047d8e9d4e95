#!/bin/sh
# packaging/busybox/S50aseq by BusyBox alone, in the test kernel:
#
#   busybox.sh BUSYBOX SCRIPT ASEQ
#
# A connection whose receiver comes later is made, one that rules want is held, what is played
# is recorded, and `stop`
# leaves a whole file and no process. A file with a fault does not keep the others from being
# started; what runs is not started twice; other programs are left alone.
set -eu

busybox=$1 script=$2 aseq=$3

here=$(mktemp -d)
late='' other='' kept=''
clean() {
    if [ -e "$here/covered" ]; then umount /proc; fi
    for pid in $late $other $kept $(cat "$here"/state/*.pid 2>/dev/null); do
        kill -9 "$pid" 2>/dev/null || :
    done
    rm -r "$here"
}
trap clean EXIT
trap 'exit 1' HUP INT TERM
mkdir "$here/bin" "$here/config" "$here/config/connect" "$here/config/patch" \
    "$here/config/record"
"$busybox" --install -s "$here/bin"
cp "$aseq" "$here/bin/aseq"
ln "$here/bin/aseq" "$here/bin/aseqdump"
PATH=$here/bin
export PATH
export ASEQ="$here/bin/aseq" ASEQ_CONFIG="$here/config" ASEQ_STATE="$here/state"
cat >"$here/config/connect/through" <<END
SENDER="Midi Through"
RECEIVER="a late one"
END
cat >"$here/config/patch/kept.toml" <<END
[[connect]]
from = "Midi Through"
to = "a kept one"
END
echo 'SENDER="without an end' >"$here/config/connect/fault"
cat >"$here/config/record/through" <<END
PORT="Midi Through"
FILE="$here/take.mid"
END

# Waits until a command succeeds.
until_it() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        if [ "$tries" -gt 1200 ]; then
            echo "not after 120 s: $*" >&2
            cat "$here"/state/*.log >&2
            exit 1
        fi
        sleep 0.1
    done
}
lists() {
    aseq list | grep -q -- "$1"
}
# A process that has ended keeps its number until its parent knows it.
ended() {
    case "$(sed -n 's/^State:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null)" in
    '' | Z*) return 0 ;;
    esac
    return 1
}

fails() {
    if "$@"; then
        echo "it works: $*" >&2
        exit 1
    fi
}
# How many programs run, of the script's and of this one's.
programs() {
    [ "$(pidof aseq | wc -w)" -eq "$1" ]
}

mv "$here/config/connect/fault" "$here/fault"
fails env ASEQ="$here/missing" sh "$script" start
echo mistake >"$here/config/patch/mistake.toml"
fails sh "$script" start
rm "$here/config/patch/mistake.toml"
mv "$here/fault" "$here/config/connect/fault"
fails sh "$script" start
waits=$(cat "$here/state/connect-through.pid")
records=$(cat "$here/state/record-through.pid")
until_it lists 'aseq record'
until_it grep -q waiting -i "$here/state/connect-through.log"
kill -0 "$waits"
programs 3
rm "$here/config/connect/fault"
sh "$script" start
programs 3
[ "$(cat "$here/state/connect-through.pid")" = "$waits" ]
[ "$(cat "$here/state/record-through.pid")" = "$records" ]

aseq record --quiet --name 'a late one' "$here/late.mid" &
late=$!
until_it lists '(a late one:'
until_it ended "$waits"

for _ in 1 2; do
    aseq record --quiet --name 'a kept one' "$here/kept.mid" --force &
    kept=$!
    until_it lists '(a kept one:'
    kill "$kept"
    wait "$kept" || :
done
cat >>"$here/config/patch/kept.toml" <<END
[[connect]]
from = "Midi Through"
to = "another kept one"
END
sh "$script" reload
[ "$(cat "$here/state/record-through.pid")" = "$records" ]
kill -0 "$records"
aseq record --quiet --name 'another kept one' "$here/kept.mid" --force &
kept=$!
until_it lists '(another kept one:'
kill "$kept"
wait "$kept" || :
kept=

aseq send -p 'Midi Through' note 1 60 100 10ms note 1 64 100 10ms

# The number of a program that has ended, which another got.
aseqdump >/dev/null &
other=$!
echo "$other" >"$here/state/connect-gone.pid"
# Without /proc it cannot tell.
touch "$here/covered"
mount -t tmpfs tmpfs /proc
fails sh "$script" stop
umount /proc
rm "$here/covered"
kill -0 "$records"
sh "$script" stop
until_it ended "$records"
kill "$other"
[ -z "$(ls "$here"/state/*.pid 2>/dev/null)" ]
aseq info "$here/take-1.mid" | grep -q 'notes: 2,'
# The connection has outlived the script.
lists '(a late one:'

sh "$script" restart
until_it lists 'aseq record'
# One that does not end by itself.
records=$(cat "$here/state/record-through.pid")
kill -STOP "$records"
fails sh "$script" stop
until_it ended "$records"
kill "$late"
wait "$late"
late=
aseq info "$here/late.mid" | grep -q 'notes: 2,'
fails sh "$script" nonsense
echo "S50aseq: passed"
