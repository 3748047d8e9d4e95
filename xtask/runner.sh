#!/bin/sh
# Cargo's runner (see .cargo/config.toml): runs a program on a real sequencer.
#
# On the machine's own, where the caller may open it; else inside the test
# kernel, through `xtask runner`, which this builds when it is missing or old.
# A shell script, because xtask itself is started through cargo's runner too.
set -eu

device=/dev/snd/seq
case $0 in
*/xtask/runner.sh) root=${0%/xtask/runner.sh} ;;
*) root=$(dirname "$0")/.. ;;
esac

# xtask and its tests work on the host. Cargo names the package; where it does
# not, the file does.
case ${CARGO_PKG_NAME-}:${1-} in
xtask:* | :*/xtask) exec "$@" ;;
esac

# A kernel asked for by name is used even where there is a device.
case ${ALSA_SEQ_KERNEL:-host} in
host)
    if (true <>"$device") 2>/dev/null || [ "${ALSA_SEQ_KERNEL-}" = host ]; then
        exec "$@"
    fi
    ;;
esac

# Beside the build directory of the workspace, not in it: cargo may hold that.
dir=$root/target/xtask-runner
runner=$dir/xtask
if ! [ -x "$runner" ] || [ -n "$(find "$root/xtask/src" "$root/xtask/Cargo.toml" \
    "$root/xtask/kernel" "$root/Cargo.toml" -newer "$runner" 2>/dev/null | head -n 1)" ]; then
    echo "xtask/runner.sh: building the runner" >&2
    # Cargo locks the directory, so of two at once one builds and the other
    # waits. What concerns the program's own build does not concern this one.
    (
        unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS RUSTC_WORKSPACE_WRAPPER \
            CARGO_BUILD_TARGET CARGO_BUILD_TARGET_DIR CARGO_TARGET_DIR
        CARGO_PROFILE_DEV_DEBUG=0 "${CARGO:-cargo}" build --quiet --package xtask \
            --manifest-path "$root/Cargo.toml" --target-dir "$dir" >&2
    ) || {
        echo "xtask/runner.sh: cannot build xtask, which runs the test kernel" >&2
        exit 125
    }
    # A rename, so that nobody starts a half-written file.
    cp "$dir/debug/xtask" "$runner.$$"
    mv -f "$runner.$$" "$runner"
fi
exec "$runner" runner -- "$@"
