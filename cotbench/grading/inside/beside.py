"""Running a test beside the program, in one process: the last resort, for results that are not plain data.

A program can forge the verdict of such a test, so the grader marks it. The number that stands for success is known
here only, which keeps careless programs from it and no others.
"""

from __future__ import annotations

import socket
from typing import Any

from .defining import define, fresh_module, function, lineage
from .outbox import Outbox


def beside(order: list[Any], channel: socket.socket, out: Outbox) -> None:
    """Define the program, then run the test on its function."""
    name, prelude, code, test, nonce = order
    module = fresh_module("solution")
    try:
        define(module, prelude, code)
        candidate = function(module, name)
        namespace: dict[str, Any] = {**module.__dict__, "__name__": "check", name: candidate}
        exec(compile(test, "test.py", "exec", dont_inherit=True), namespace)  # noqa: S102  # the benchmark's test
        if "check" in namespace:
            namespace["check"](candidate)
    except BaseException as error:
        out.put(["raised", 0, lineage(error)])
        return
    out.put(["checked", nonce])
