"""The cases of jobs, packed once for all slots, each under a number."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from cotbench.core.verdict import Job
from cotbench.grading.passing import job_bodies

_MOST_NUMBERED = 8192
_MOST_BYTES = 256 << 20


@dataclass(slots=True)
class _Kept:
    """As long as the cases live nothing else has their id. `bodies` is empty where they are not packed (any more)."""

    number: int
    cases: object
    bodies: tuple[bytes, ...] = ()


class PackedCases:
    """Numbers for jobs without their programs, and what is sent of them to each worker once."""

    def __init__(self, most: int = _MOST_BYTES) -> None:
        """Keep packed cases of `most` bytes; those used longest ago make room."""
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[object, ...], _Kept] = OrderedDict()
        self._last = 0
        self._size = 0
        self._most = most

    def number(self, job: Job) -> int:
        """Return the number of a job's cases and rules. Cases are the same if they are the same object."""
        with self._lock:
            return self._kept(job).number

    def bodies(self, job: Job) -> tuple[bytes, ...]:
        """Return the bodies of the frames that make up a job without its program.

        Raises GradingError if its cases are not plain data.
        """
        with self._lock:
            kept = self._kept(job)
            if kept.bodies:
                return kept.bodies
        # Packing takes long, and other slots need not wait for it.
        bodies = tuple(job_bodies(kept.number, job))
        with self._lock:
            if not kept.bodies and self._known.get(_key(job)) is kept:
                kept.bodies = bodies
                self._size += _size(bodies)
            self._make_room()
        return bodies

    def _kept(self, job: Job) -> _Kept:
        key = _key(job)
        kept = self._known.get(key)
        if kept is None:
            self._last += 1
            kept = self._known[key] = _Kept(self._last, job.cases)
            while len(self._known) > _MOST_NUMBERED:
                self._size -= _size(self._known.popitem(last=False)[1].bodies)
        self._known.move_to_end(key)
        return kept

    def _make_room(self) -> None:
        for kept in self._known.values():
            if self._size <= self._most:
                return
            self._size -= _size(kept.bodies)
            kept.bodies = ()


def _key(job: Job) -> tuple[object, ...]:
    return id(job.cases), job.entry, job.comparer, job.tolerance, job.oracle, job.prelude, job.limits


def _size(bodies: tuple[bytes, ...]) -> int:
    return sum(map(len, bodies))
