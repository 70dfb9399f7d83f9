"""Running one judged program in a child that is its own: what every way of judging has in common.

Nothing in here decides anything. Whatever a program does to these functions, the frames it can send hold values,
and the grader compares them.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any, NoReturn

from . import beside, calling, judging, scripting, wire
from .outbox import Outbox


def run(channel: int, bell: int) -> NoReturn:
    """Carry out one order that comes through the socket `channel`; never returns."""
    try:
        carry_out(channel, bell)
    finally:
        os._exit(0)


def carry_out(fd: int, bell: int) -> None:
    """Receive an order and do what it says."""
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fd)
    order: Any = wire.receive(channel)
    out = Outbox(channel, bell)
    _KINDS[order[0]](order[1:], channel, out)
    out.ring()


_KINDS: dict[str, Callable[[list[Any], socket.socket, Outbox], None]] = {
    "calls": calling.calls,
    "replay": calling.replay,
    "serve": calling.serve,
    "scripts": scripting.scripts,
    "beside": beside.beside,
    "judge": judging.judge,
    "checker": judging.checker,
}
