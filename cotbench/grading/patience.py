"""What a worker allows itself: so much processor time for one comparison, and so much memory in all.

What is compared comes from a judged program. It is plain data of bounded size, but rules can be slow or large on data
that was made for it; then the program is wrong, and the worker goes on.
"""

from __future__ import annotations

import contextlib
import resource
import signal
from collections.abc import Iterator
from types import FrameType

SECONDS = 60.0
"""Processor time for one comparison."""

_MEMORY = 8 << 30


class OutOfPatience(Exception):
    """A comparison took too much time or memory."""


def limit_memory() -> None:
    """Limit the memory of this process, so that too much of it is an error here and not the system's decision."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, hard))


@contextlib.contextmanager
def patience() -> Iterator[None]:
    """Run the body for a bounded time. Raises OutOfPatience; only for the main thread."""
    previous = signal.signal(signal.SIGVTALRM, _give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    except MemoryError:
        raise OutOfPatience from None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, previous)


def _give_up(number: int, frame: FrameType | None) -> None:
    raise OutOfPatience
