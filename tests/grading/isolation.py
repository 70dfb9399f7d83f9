"""How the isolation tests run programs: at a level, as root or as somebody else, maybe as if in Docker."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
NOBODY = 65534
DRIVER = Path(__file__).with_name("isolation_driver.py")

linux = pytest.mark.skipif(sys.platform != "linux", reason="isolation is made of Linux system calls")
as_root = pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root can become another user")


def confined(
    programs: dict[str, str],
    *,
    level: str = "",
    uid: int = 0,
    docker: bool = False,
    python: str = sys.executable,
) -> dict[str, Any]:
    """Return what became of each program, and under "best" and "level" the levels that were found and used."""
    order = {"source": str(ROOT), "level": level, "uid": uid, "docker": docker, "programs": programs}
    command = [python, "-s", "-B", str(DRIVER), "run", json.dumps(order)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, cwd="/", env={"PATH": "/usr/bin:/bin"}, check=False
    )
    if done.returncode == 77:
        pytest.skip(f"these programs cannot be tried here: {done.stderr.strip()}")
    assert done.returncode == 0, done.stderr[-2000:]
    results: dict[str, Any] = json.loads(done.stdout)
    return results


def python_for_all() -> str:
    """A Python that every user can start, or skip."""
    for candidate in (sys.executable, *map(str, sorted(Path("/usr/bin").glob("python3.1[1-9]")))):
        if _reachable(Path(candidate).resolve()) and _reachable(Path(candidate)):
            return candidate
    pytest.skip("every Python 3.11 here is in a folder that other users cannot enter")


def _reachable(path: Path) -> bool:
    return all(above.stat().st_mode & stat.S_IXOTH for above in (path, *path.parents))
