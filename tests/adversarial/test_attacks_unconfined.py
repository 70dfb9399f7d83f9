"""The attacks at the levels that confine little, in a place where what they get away with harms nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from private import UNAVAILABLE

HERE = Path(__file__).parent


@pytest.mark.skipif(sys.platform != "linux", reason="needs namespaces")
@pytest.mark.skipif("COTBENCH_PRIVATE_PLACE" in os.environ, reason="this is the private place")
@pytest.mark.parametrize("level", ["basic", "none"])
def test_attacks_at_a_level_that_confines_little(level: str) -> None:
    pytest_command = [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", f"{level}-"]
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
    assert " passed" in done.stdout
