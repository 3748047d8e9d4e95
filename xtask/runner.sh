#!/bin/sh
# Cargo's runner (see .cargo/config.toml): runs a program on a real sequencer.
#
# On the machine's own, where the caller may open it; else inside the test
# kernel, through `test-kernel runner`, which this builds when it is missing or old.
# A shell script, because test-kernel itself is started through cargo's runner too.
set -eu

device=/dev/snd/seq
case $0 in
*/xtask/runner.sh) root=${0%/xtask/runner.sh} ;;
*) root=$(dirname "$0")/.. ;;
esac

# xtask, test-kernel and their tests work on the host. Cargo names the package; where
# it does not, the file does.
case ${CARGO_PKG_NAME-}:${1-} in
xtask:* | test-kernel:* | :*/xtask | :*/test-kernel) exec "$@" ;;
esac

# A kernel asked for by name is used even where there is a device.
case ${TEST_KERNEL:-host} in
host)
    if (true <>"$device") 2>/dev/null || [ "${TEST_KERNEL-}" = host ]; then
        exec "$@"
    fi
    ;;
esac

# Beside the build directory of the workspace, not in it: cargo may hold that. xtask
# puts itself there, which does the same.
dir=$root/target/test-kernel
runner=$dir/test-kernel
if ! [ -x "$runner" ] || [ -n "$(find "$root/test-kernel/src" "$root/test-kernel/kernels" \
    "$root/test-kernel/Cargo.toml" "$root/Cargo.toml" -newer "$runner" 2>/dev/null |
    head -n 1)" ]; then
    echo "xtask/runner.sh: building the runner" >&2
    # Cargo locks the directory, so of two at once one builds and the other
    # waits. What concerns the program's own build does not concern this one.
    (
        unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS RUSTC_WORKSPACE_WRAPPER \
            CARGO_BUILD_TARGET CARGO_BUILD_TARGET_DIR CARGO_TARGET_DIR
        CARGO_PROFILE_DEV_DEBUG=0 "${CARGO:-cargo}" build --quiet --package test-kernel \
            --manifest-path "$root/Cargo.toml" --target-dir "$dir" >&2
    ) || {
        echo "xtask/runner.sh: cannot build test-kernel, which runs programs on a kernel" >&2
        exit 125
    }
    # A rename, so that nobody starts a half-written file.
    cp "$dir/debug/test-kernel" "$runner.$$"
    mv -f "$runner.$$" "$runner"
fi
exec "$runner" runner -- "$@"
