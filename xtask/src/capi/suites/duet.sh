#!/bin/sh
# Runs a program that receives, then one that sends, and shows the output of both.
# Usage: duet.sh RECEIVER ITS-LINES READY LAST ITS-LAST-LINES SENDER ITS-LINES
# A text READY, of the receiver's or in the kernel's list of clients, says that it
# receives; LAST, of the receiver's, that it has received everything.
set -eu
receiver=$1 lines=$2 ready=$3 last=$4 end=$5 sender=$6 more=$7
dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
# The receiver may have ended.
trap '' PIPE
mkfifo "$dir/lines"

# Nothing tells of a text in a file but the file. What does not come in 30 seconds does not
# come; the output shows that it is missing.
wait_for() {
    tries=600
    until grep -q "$@" || [ $tries = 0 ]; do
        kill -0 "$pid" || break
        sleep 0.05
        tries=$((tries - 1))
    done
}

# Types lines as somebody would: what is sent after one line is in time to be told from
# what is sent after the next.
type_lines() {
    printf "$1" | while IFS= read -r line; do
        echo "$line"
        sleep 0.2
    done
}

# The words of a program are to be split. Output is shown at once.
# shellcheck disable=SC2086
stdbuf -o0 $receiver <"$dir/lines" >"$dir/receiver" 2>&1 &
pid=$!
exec 3>"$dir/lines"
printf "$lines" >&3
wait_for -s "$ready" "$dir/receiver" /proc/asound/seq/clients
# shellcheck disable=SC2086
type_lines "$more" | $sender >"$dir/sender" 2>&1 || echo "$sender: status $?"
wait_for "$last" "$dir/receiver"
# It can be one that waits for the rest of what it wants.
[ $tries != 0 ] || kill "$pid" || true
printf "$end" 2>/dev/null >&3 || true
wait "$pid" || echo "$receiver: status $?"
cat "$dir/receiver" "$dir/sender"
