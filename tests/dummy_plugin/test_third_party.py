"""``kvartal.testing`` for strangers: their suite runs by itself, with pytest-xdist or without."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SUITE = Path(__file__).with_name("photos_suite.py")


@pytest.mark.parametrize(
    ("case", "options"),
    [("alone", []), ("in parallel", ["-n", "2"]), ("not installed", ["-p", "no:xdist"])],
)
def test_a_strangers_suite_runs(case: str, options: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-c", str(SUITE.with_name("photos.ini"))]
    done = subprocess.run(
        [*command, f"--basetemp={tmp_path / 'own'}", *options, str(SUITE)],
        cwd=tmp_path,
        env={"PATH": os.defpath, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout
