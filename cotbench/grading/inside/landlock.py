"""Landlock: which files a sandbox process may open, and that it reaches no port, no socket and no process outside.

Rights that a kernel does not know yet are left out by its version of Landlock (its ABI); `seccomp` forbids the calls
behind those: truncating, device controls, sockets and signals. Landlock does not speak about looking at names and
sizes of files, so programs at level docker can do that.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterable, Iterator

from . import syscalls

_VERSION_FLAG, _PATH_RULE = 1, 1
_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_FILE, _MAKE_LINK = 1 << 4, 1 << 5, 1 << 7, 1 << 8, 1 << 12
_REFER, _TRUNCATE, _IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15
_FIRST = (1 << 13) - 1
_TCP, _SCOPES = 3, 3
_ON_FILES = _WRITE_FILE | _READ_FILE | _TRUNCATE
_READ = _READ_FILE | _READ_DIR
_CHANGE = _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_FILE | _MAKE_LINK | _REFER
_WRITE = _READ | _WRITE_FILE | _TRUNCATE | _CHANGE


def version() -> int:
    """The version of Landlock (its ABI) of this kernel, from 1. Raises OSError if there is none."""
    return syscalls.call("Landlock", "landlock_create_ruleset", None, 0, _VERSION_FLAG)


def restrict(readable: Iterable[str], writable: Iterable[str], hidden: Iterable[str] = ()) -> None:
    """From now on open only what is below `readable` and `writable`, without what is below `hidden`.

    Readable paths that do not exist are left out. Needs no_new_privs. Raises OSError.
    """
    known = version()
    handled = _handled(known)
    ruleset = _create(known, handled)
    try:
        for path, rights in _rules(readable, writable, frozenset(hidden)):
            _allow(ruleset, path, rights & handled)
    except BaseException:
        os.close(ruleset)
        raise
    _enter(ruleset)


def _enter(ruleset: int) -> None:
    try:
        syscalls.call("enter a Landlock domain", "landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)


def _handled(known: int) -> int:
    return _FIRST | _REFER * (known >= 2) | _TRUNCATE * (known >= 3) | _IOCTL_DEVICE * (known >= 5)


def _create(known: int, files: int) -> int:
    # Kernels refuse a structure that is longer than the one they know.
    size = 8 if known < 4 else 16 if known < 6 else 24
    attributes = struct.pack("QQQ", files, _TCP, _SCOPES)[:size]
    return syscalls.call("make a Landlock ruleset", "landlock_create_ruleset", attributes, size, 0)


def _rules(readable: Iterable[str], writable: Iterable[str], hidden: frozenset[str]) -> Iterator[tuple[str, int]]:
    for path in readable:
        yield from _without(path, hidden)
    for path in writable:
        yield path, _WRITE


def _without(path: str, hidden: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Rules for what is below `path` but not in `hidden`; Landlock itself can only add."""
    if path in hidden:
        return
    if not any(item.startswith(f"{path}/") for item in hidden):
        yield path, _READ
        return
    yield path, _READ_DIR
    with os.scandir(path) as entries:
        for entry in entries:
            # A link to a folder could lead into what is hidden.
            if not (entry.is_symlink() and entry.is_dir()):
                yield from _without(entry.path, hidden)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        file = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        if rights & _WRITE_FILE:
            raise
        return
    try:
        if not stat.S_ISDIR(os.fstat(file).st_mode):
            rights &= _ON_FILES
        rule = struct.pack("=Qi", rights, file)
        syscalls.call(f"allow {path} in Landlock", "landlock_add_rule", ruleset, _PATH_RULE, rule, 0)
    finally:
        os.close(file)
