#!/bin/sh
# The demo, within one start of the test kernel (or on the machine's own
# sequencer): demo.sh ASEQ SONG
set -eu

aseq=$1
song=$2
listener="demo listener"
player="demo player"

# Waits until the client is there, for as long as a slow machine may take.
wait_for() {
    tries=0
    until "$aseq" list | grep -q "$1"; do
        tries=$((tries + 1))
        if [ $tries -gt 200 ]; then
            echo "demo: \"$1\" does not appear" >&2
            exit 1
        fi
        sleep 0.05
    done
}

echo "== Linux $(uname -r): aseq dump listens, aseq play plays ${song##*/} to it"
"$aseq" dump --name "$listener" &
dump=$!
trap 'kill $dump 2>/dev/null || :' EXIT
wait_for "$listener"

"$aseq" play --name "$player" --end-delay 0.5 --port "$listener" "$song" &
play=$!
# As a peer of the listener: then they are connected.
wait_for "($player:"
list=$("$aseq" list)

wait $play
# Not -INT: a shell starts what is in the background deaf to it.
kill -TERM $dump
wait $dump || :
trap - EXIT
echo
echo "== what aseq list showed meanwhile"
echo "$list"
echo
echo "== docs/guide/README.md explains the list, and docs/guide/see-events.md the events"
