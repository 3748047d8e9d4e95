"""The guide's snippets, one after the other, as a reader would run them."""

import re
import subprocess
import sys

from mido_help import LONG, Path, needs_sequencer, pytest

GUIDE = Path(__file__).parent.parent / "docs" / "usage.md"
SECTIONS = [
    "Client and ports", "Finding ports", "Connections", "Output", "Input", "Queues",
    "asyncio", "Direct access", "Threads", "mido",
]


def test_the_guide_has_its_sections():
    text = GUIDE.read_text()
    assert re.findall(r"^## (.*)", text, re.M) == SECTIONS
    for section in text.split("\n## ")[1:]:
        assert "```python" in section


@needs_sequencer
def test_the_snippets_of_the_guide_run(tmp_path):
    snippets = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(), re.M | re.S)
    assert len(snippets) > 20
    program = tmp_path / "guide.py"
    program.write_text("\n".join(snippets))
    told = subprocess.run(
        [sys.executable, "-X", "dev", str(program)],
        capture_output=True, text=True, timeout=LONG * 4,
    )
    if told.returncode:
        pytest.fail(f"{told.stdout}\n{told.stderr}")
    assert "Error" not in told.stderr, told.stderr


@needs_sequencer
def test_the_program_on_the_front_page_runs(tmp_path):
    page = Path(__file__).parent.parent.parent / "README.md"
    (program,) = re.findall(r"^```python\n(.*?)^```", page.read_text(), re.M | re.S)
    told = subprocess.run(
        [sys.executable, "-X", "dev", "-c", program],
        capture_output=True, text=True, timeout=LONG,
    )
    assert told.returncode == 0, told.stderr
    assert "Midi Through" in told.stdout and not told.stderr, told.stdout + told.stderr
