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


def run(channel: socket.socket, bell: int) -> NoReturn:
    """Receive one order and carry it out; never returns."""
    try:
        order: Any = wire.receive(channel)
        out = Outbox(channel, bell)
        _KINDS[order[0]](order[1:], channel, out)
        out.ring()
    finally:
        os._exit(0)


_KINDS: dict[str, Callable[[list[Any], socket.socket, Outbox], None]] = {
    "calls": calling.calls,
    "replay": calling.replay,
    "serve": calling.serve,
    "scripts": scripting.scripts,
    "beside": beside.beside,
    "judge": judging.judge,
    "checker": judging.checker,
}
