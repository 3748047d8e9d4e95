"""A plugin of pytest: at the end, musl is in the process, and libasound and glibc are not."""

from pathlib import Path


def pytest_sessionfinish(session):
    maps = Path("/proc/self/maps").read_text()
    files = {Path(line.split()[-1]).name for line in maps.splitlines() if "/" in line}
    assert "_native.abi3.so" in files, "the package is not loaded"
    assert any("musl" in line for line in maps.splitlines()), files
    for name in ("libasound", "libc.so.6"):
        assert not any(file.startswith(name) for file in files), files
