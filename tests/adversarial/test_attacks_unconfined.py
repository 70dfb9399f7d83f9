"""The attacks at the levels that confine little, in a place where what they get away with harms nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from attacks import ALL
from private import UNAVAILABLE

HERE = Path(__file__).parent


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="needs namespaces")
@pytest.mark.skipif("COTBENCH_PRIVATE_PLACE" in os.environ, reason="this is the private place")
def test_attacks_at_the_levels_that_confine_little() -> None:
    pytest_command = [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, str(HERE / "private.py"), *pytest_command, str(HERE / "test_attacks.py")],
        cwd=HERE.parent.parent,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=400,
    )
    if done.returncode == UNAVAILABLE:
        pytest.skip(f"no private place for programs that are not confined: {done.stderr.strip()}")
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-1000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None, done.stdout[-1000:]
    assert int(passed[1]) >= 2 * len(ALL), done.stdout[-1000:]
