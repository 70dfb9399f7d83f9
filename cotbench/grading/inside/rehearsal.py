"""A rehearsal of what every child does, before the first is forked.

An interpreter adapts code to how it is used, in place. What has adapted already is shared with the children; what
adapts in a child costs it copies of memory pages, again in each of them.
"""

from __future__ import annotations

import os
import socket
import sys

from . import running, wire

_TIMES = 20
_CODE = "from typing import List\n\ndef f(x: List[int]) -> List[int]:\n    return [y + 1 for y in x]\n"
_RECORDED = [[[[1, 2]], {"d": []}], [["a"], {"d": []}]]
_CASES = [[[1, 2]], [["a"]]]
# Of CPython's allocator for small objects: sizes, the size of a pool, and where its first object lies.
_SMALLEST, _LARGEST, _STEP = 48, 512, 16
_POOL, _FIRST_PLACE = 1 << 14, 48
_EMPTY = sys.getsizeof(b"")
_MOST_FILLERS = 4000


def rehearse() -> None:
    """Answer calls of a program of our own, one that works and one that raises."""
    for _ in range(_TIMES):
        _carry_out(["replay", "f", "", _CODE, 1 << 20], _RECORDED)
        _carry_out(["calls", "f", "", _CODE, [0, 1], [1 << 20, 1 << 20]], _CASES)
    del sys.modules["solution"]


def _carry_out(order: list[object], beside: object) -> None:
    ours, theirs = socket.socketpair()
    reader, bell = os.pipe()
    with ours:
        wire.send(ours, order)
        wire.send(ours, beside)
        running.carry_out(theirs.detach(), bell)
    os.close(reader)
    os.close(bell)


def fill_holes() -> list[object]:
    """Return objects that take the small places which are free between others; keep them.

    What a child allocates then lies together on pages of its own. It would copy a page for every few objects otherwise.
    """
    fillers: list[object] = []
    for size in range(_SMALLEST, _LARGEST + 1, _STEP):
        for _ in range(_MOST_FILLERS):
            filler = bytes(size - _EMPTY)
            if id(filler) % _POOL == _FIRST_PLACE:
                # The first place of a pool of its own: there are no holes of this size any more.
                break
            fillers.append(filler)
        else:
            # Not the allocator that this is made for.
            break
    return fillers
