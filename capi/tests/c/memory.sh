#!/bin/bash
# What `cargo xtask capi memory` runs in a test kernel: `memory.sh HOME`, where HOME is where
# the forms are. Each tool has to find faults, too.
set -euo pipefail

home=$1
work=$home/link
library=$home/lib/libasound.so.2
preload=$home/preload/libalsa_seq_preload.so
export ASAN_OPTIONS=allocator_may_return_null=1

passes() {
    # The program's own output may go to a file.
    echo "memory: ${*//$home\//}" >&2
    "$@" || { echo "memory: it fails ($?)" >&2; exit 1; }
}

# Words that it says, then the program, which fails.
finds() {
    local words=$1 said
    shift
    if said=$("$@" 2>&1); then
        echo "memory: no fault is found in ${*//$home\//}"
        exit 1
    fi
    for word in $words; do
        if ! grep -q -e "$word" <<<"$said"; then
            printf '%s\nmemory: %s does not say %s\n' "$said" "${*//$home\//}" "$word"
            exit 1
        fi
    done
    echo "memory: ${*//$home\//}: the fault is found"
}

for program in "env LD_LIBRARY_PATH=$home/lib" "env LD_PRELOAD=$preload"; do
    # shellcheck disable=SC2086
    passes $program "$work/threads" 1000000
done

for object in "$library" "$preload"; do
    passes "$work/load" "$object" 1000
    # The kernel has 32 queues.
    finds queue: "$work/load" "$object" 100 close
    finds heap: "$work/load" "$object" 100 free
    finds stays "$work/load" "$object" 100 unload
done

passes "$work/threads-address" 200000
passes "$work/timers-address" >"$work/timers.address"
finds 'heap-buffer-overflow capi/src/' "$work/faults-address" overflow
finds 'heap-use-after-free capi/src/' "$work/faults-address" freed
finds LeakSanitizer "$work/faults-address" leak

passes "$work/threads-thread" 200000
passes "$work/timers-thread" >"$work/timers.thread"
finds 'race capi/src/' "$work/faults-thread" race
