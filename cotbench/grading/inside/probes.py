"""Trying out, in processes made for it, each thing that isolation is built from.

A probe returns what was found, and raises OSError if the thing does not work. Whatever it does to its process ends
with that process.
"""

from __future__ import annotations

import errno
import os
import resource
import signal
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from . import landlock, namespaces, privileges, seccomp, syscalls

_KINDS = {
    "mnt": namespaces.MOUNT,
    "pid": namespaces.PROCESS,
    "net": namespaces.NETWORK,
    "ipc": namespaces.IPC,
    "uts": namespaces.NAMES,
    "cgroup": namespaces.CGROUP,
}
_SUBREAPER = 36
_REPORT = 1 << 12


def probe_all(plan: Mapping[str, Any]) -> dict[str, tuple[bool, str]]:
    """Return of each primitive whether it works, and what was found or why not."""
    uid = int(plan["uid"])
    probes: dict[str, Callable[[], str]] = {
        "namespaces": _namespaces,
        "user_namespace": lambda: _user_namespace(uid),
        "private_root": lambda: _private_root(plan),
        "seccomp": _seccomp,
        "landlock": _landlock,
        "capabilities": _capabilities,
        "pidfd": _pidfd,
        "memfd": _memfd,
        "schedstat": _schedstat,
        "subreaper": _subreaper,
        "limits": _limits,
    }
    return {name: _apart(probe) for name, probe in probes.items()}


def _apart(probe: Callable[[], str]) -> tuple[bool, str]:
    """Run a probe in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            try:
                report = "+" + probe()
            except (OSError, AttributeError, ValueError) as error:
                report = "-" + (error.args[-1] if error.args and isinstance(error.args[-1], str) else repr(error))
            os.write(writing, report.encode()[:_REPORT])
        finally:
            os._exit(0)
    os.close(writing)
    report = os.read(reading, _REPORT).decode(errors="replace")
    os.close(reading)
    _, status = os.waitpid(child, 0)
    if not report:
        return False, f"the process that tried it ended with {os.waitstatus_to_exitcode(status)}"
    return report[0] == "+", report[1:]


def _each_kind(uid: int | None) -> str:
    """Try each kind of namespace, in a user namespace if there is a `uid`."""

    def enter(kind: int) -> str:
        if uid is not None:
            namespaces.enter_user_namespace(uid)
        namespaces.unshare("unshare", kind)
        return ""

    tried = {name: _apart(lambda kind=kind: enter(kind)) for name, kind in _KINDS.items()}  # type: ignore[misc]
    failed = [f"{name} ({why})" for name, (ok, why) in tried.items() if not ok]
    if failed:
        raise OSError(f"not made: {', '.join(failed)}")
    return " ".join(tried)


def _namespaces() -> str:
    return _each_kind(None)


def _user_namespace(uid: int) -> str:
    namespaces.enter_user_namespace(uid)
    return f"with {_each_kind(uid)}"


def _private_root(plan: Mapping[str, Any]) -> str:
    how = "directly, as root" if privileges.can_enter_directly() else "in a user namespace"
    namespaces.enter(plan)
    if os.getpid() != 1 or Path("/etc/passwd").exists():
        raise OSError("the root is not private")
    return how


def _seccomp() -> str:
    privileges.no_new_privileges()
    seccomp.install(seccomp.server_filter())
    seccomp.ready_program_filter()()
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()
    except PermissionError:
        return "filters system calls"
    raise OSError("a filter was installed, and a forbidden call was made all the same")


def _landlock() -> str:
    known = landlock.version()
    privileges.no_new_privileges()
    landlock.restrict((), ())
    try:
        os.close(os.open("/", os.O_RDONLY))
    except PermissionError:
        return f"ABI {known}"
    raise OSError("a Landlock domain was entered, and a file was opened all the same")


def _capabilities() -> str:
    privileges.drop_capabilities()
    return "can be dropped"


def _pidfd() -> str:
    fd = os.pidfd_open(os.getpid())
    signal.pidfd_send_signal(fd, 0)
    return "works"


def _memfd() -> str:
    os.close(os.memfd_create("probe"))
    return "works"


def _schedstat() -> str:
    times = Path("/proc/self/schedstat").read_text(encoding="ascii").split()
    # The last is how often the process got a processor: at least this once.
    if len(times) < 3 or times[2] == "0":
        raise OSError("/proc/self/schedstat counts nothing")
    return "says how long a process waited for a processor"


def _subreaper() -> str:
    syscalls.call("adopt orphans", "prctl", _SUBREAPER, 1, 0, 0, 0)
    return "works"


def _limits() -> str:
    held = []
    for name in ("AS", "DATA", "CPU", "NOFILE", "CORE", "FSIZE"):
        which = getattr(resource, f"RLIMIT_{name}", None)
        if which is not None:
            soft, hard = resource.getrlimit(which)
            resource.setrlimit(which, (soft, hard))
            held.append(name)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    try:
        os.open(os.devnull, os.O_RDONLY)
    except OSError as error:
        if error.errno == errno.EMFILE:
            return " ".join(held)
        raise
    raise OSError("a limit was set and does not hold")
