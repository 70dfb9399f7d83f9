"""The model server's process: loads one GGUF file and serves it until the process that started it is gone.

Run as a script, never imported. The only argument is a JSON object: model, alias, slots, context (tokens of one
slot), threads, parent (process id), death_signal (whether the kernel may tie this process to its parent's thread).
Prints one line, the address, on standard output when it listens; everything else goes to standard error.
Standard input is a pipe that nobody writes to: its end means that the parent is gone.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1


def main(settings: dict[str, object]) -> None:
    """Serve until killed or orphaned."""
    parent = int(str(settings["parent"]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if settings["death_signal"] and sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    threading.Thread(target=_until_end_of_input, daemon=True).start()
    threading.Thread(target=_until_orphaned, args=(parent,), daemon=True).start()
    announce = os.dup(1)
    os.dup2(2, 1)

    import xllamacpp

    slots, context, threads = (int(str(settings[key])) for key in ("slots", "context", "threads"))
    params = xllamacpp.CommonParams()
    params.model.path = str(settings["model"])
    params.model_alias = {str(settings["alias"])}
    params.n_parallel = slots
    params.n_ctx = slots * context
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    # Above this level every request leaves lines behind, which would fill the disk in a long run.
    params.verbosity = 2
    server = xllamacpp.Server(params)
    os.write(announce, f"{server.listening_address}\n".encode())
    os.close(announce)
    while True:
        signal.pause()


def _until_end_of_input() -> None:
    while True:
        try:
            if not os.read(0, 4096):
                break
        except OSError:
            break
    os.kill(os.getpid(), signal.SIGKILL)


def _until_orphaned(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
