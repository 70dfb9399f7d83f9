"""Runs a command where it cannot harm this machine: `python private.py COMMAND ...`.

The command gets namespaces of its own for processes, mounts and IPC, in which every file system is read-only but for a
scratch folder that only it sees. What programs do that no level confines then stays in there. Exits with 77 if such a
place cannot be had here.
"""

from __future__ import annotations

import os
import sys

from cotbench.grading.inside import namespaces

UNAVAILABLE = 77
SCRATCH = "/mnt"
_PRIVATE_RECURSIVE = (1 << 18) | 16384
_READ_ONLY, _RECURSIVE = 1, 0x8000


def main(command: list[str]) -> None:
    kinds = namespaces.MOUNT | namespaces.PROCESS | namespaces.IPC
    try:
        if os.geteuid() == 0:
            namespaces.unshare("enter namespaces", kinds)
        else:
            namespaces.enter_user_namespace(os.geteuid(), kinds)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(UNAVAILABLE)
    child = os.fork()
    if child:
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os._exit(status if status >= 0 else 128 - status)
    namespaces._mount("make mounts private", None, "/", None, _PRIVATE_RECURSIVE)
    namespaces._lock("/", _READ_ONLY, _RECURSIVE)
    namespaces._mount("mount the scratch folder", "tmpfs", SCRATCH, "tmpfs", 0, "mode=1777")
    namespaces._mount("mount proc", "proc", "/proc", "proc", 0)
    command_pid = os.fork()
    while command_pid:
        # The first process of such a place adopts what others leave, and has to bury it.
        pid, status = os.wait()
        if pid == command_pid:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)
    os.execve(command[0], command, {**os.environ, "TMPDIR": SCRATCH, "COTBENCH_PRIVATE_PLACE": "1"})


if __name__ == "__main__":
    main(sys.argv[1:])
