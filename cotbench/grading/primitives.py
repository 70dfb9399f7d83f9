"""What isolation is built from on this machine, found by trying it."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cotbench.core.errors import GradingError
from cotbench.grading.libraries import reading_plan

_PROGRAM = Path(__file__).with_name("inside") / "probing.py"
_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a primitive works, and what was found or why not."""

    ok: bool
    found: str


@dataclass(frozen=True, slots=True)
class Primitives:
    """All that was tried. `namespaces` are those made directly; only root can."""

    namespaces: Finding
    user_namespace: Finding
    private_root: Finding
    seccomp: Finding
    landlock: Finding
    capabilities: Finding
    pidfd: Finding
    memfd: Finding
    schedstat: Finding
    subreaper: Finding
    limits: Finding

    def named(self) -> Mapping[str, Finding]:
        """Return the findings by name, in order."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}


def probe() -> Primitives:
    """Try everything, in a process made for it; takes a few tenths of a second. Raises GradingError if that fails."""
    if sys.platform != "linux":
        missing = Finding(False, f"not on {sys.platform}")
        return Primitives(*[missing] * len(dataclasses.fields(Primitives)))
    plan = reading_plan(level="full", work=Path("/"), site=Path("/"))
    command = [sys.executable, "-I", "-S", "-B", str(_PROGRAM)]
    try:
        done = subprocess.run(
            command, input=json.dumps(plan), capture_output=True, text=True, timeout=_SECONDS, env={}, check=True
        )
        found = json.loads(done.stdout)
        return Primitives(**{name: Finding(bool(ok), str(word)) for name, (ok, word) in found.items()})
    except (OSError, subprocess.SubprocessError, ValueError, TypeError) as error:
        words = getattr(error, "stderr", None) or str(error)
        raise GradingError(f"cannot find out how programs can be isolated: {words.strip().splitlines()[-1]}") from None
