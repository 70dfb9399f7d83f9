"""Giving up what a process may do: capabilities, and gaining any when a file is executed."""

from __future__ import annotations

import ctypes
import os
import struct

from . import syscalls

_SET_NO_NEW_PRIVS, _BOUND_READ, _BOUND_DROP, _SET_SECUREBITS, _AMBIENT = 38, 23, 24, 28, 47
_AMBIENT_CLEAR = 4
_SECUREBITS = 0xEB
"""Being root gives nothing, no ambient capability can be raised, and no bit can be changed again."""

_VERSION = 0x20080522
_SETPCAP, _SYS_ADMIN, _SETUID, _SETGID = 8, 21, 7, 6


def no_new_privileges() -> None:
    """Forbid this process to gain anything by executing a file. Raises OSError."""
    syscalls.call("set no_new_privs", "prctl", _SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def capabilities() -> int:
    """Return the effective and permitted capabilities of this process, as bits. Raises OSError."""
    buffer = ctypes.create_string_buffer(24)
    syscalls.call("read capabilities", "capget", struct.pack("Ii", _VERSION, 0), buffer)
    low, permitted, _, high, permitted_high, _ = struct.unpack("6I", buffer.raw)
    return int(low | permitted | (high | permitted_high) << 32)


def can_enter_directly() -> bool:
    """Whether this process is root and may make namespaces and change its user."""
    if os.geteuid() != 0:
        return False
    held = capabilities()
    return all(held >> bit & 1 for bit in (_SYS_ADMIN, _SETUID, _SETGID))


def narrow() -> None:
    """Forbid that any capability is ever gained again; those held stay. Needs CAP_SETPCAP. Raises OSError."""
    bit = 0
    while _bounded(bit):
        syscalls.call("drop a capability from the bounding set", "prctl", _BOUND_DROP, bit, 0, 0, 0)
        bit += 1
    syscalls.call("lock the secure bits", "prctl", _SET_SECUREBITS, _SECUREBITS, 0, 0, 0)


def drop_capabilities() -> None:
    """Give up all capabilities of this process for good. Raises OSError if any is left."""
    if capabilities() >> _SETPCAP & 1:
        narrow()
    syscalls.call("clear ambient capabilities", "prctl", _AMBIENT, _AMBIENT_CLEAR, 0, 0, 0)
    syscalls.call("drop capabilities", "capset", struct.pack("Ii", _VERSION, 0), bytes(24))
    if capabilities():
        raise OSError(f"drop capabilities: {capabilities():x} are left")


def _bounded(bit: int) -> bool:
    try:
        syscalls.call("read the bounding set", "prctl", _BOUND_READ, bit, 0, 0, 0)
    except OSError:
        return False
    return True
