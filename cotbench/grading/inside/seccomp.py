"""The system call filters of sandbox processes, as BPF programs that are built here and installed through seccomp.

`server_filter` lets through what a fork server and the programs need and answers EPERM to all else. A program gets
`program_filter` on top, which takes away what only the server needs: new processes, signals to others, sending of file
descriptors. Each is a binary tree over system call numbers, because the kernel walks it once for every number when it
is installed. No call that is always allowed costs more than without a filter, as the kernel remembers those.

What programs meet: no processes, no sockets but pairs; changing modes and times of files, and the size of the stack,
does nothing and reports success, so that scripts which do so by habit go on.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from . import syscalls

Instruction: TypeAlias = tuple[int, int, int, int]
"""A BPF instruction: code, how far to jump if true, if false, and the constant."""

Rule: TypeAlias = Sequence[Instruction]
"""Instructions that always return."""

_LOAD, _AND, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_NUMBER_AT, _MACHINE_AT, _ARGUMENTS_AT = 0, 4, 16
_SET_FILTER, _SPECULATE = 1, 4
_KILL, _ALLOW, _ERROR = 0x80000000, 0x7FFF0000, 0x00050000
_SELF = 0x5E1F5E1F
"""Stands for the pid of the process that installs the filter."""

_FOREIGN_NUMBERS = 0x40000000
_NEW_NAMESPACES = 0x7E020080
_THREAD = 0x00010100
_TRACED = 0x0000A000
_STACK = 3
_MODES = ("chmod", "fchmod", "fchmodat", "fchmodat2")
_FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1032, 1034)
_IOCTL = (0x5401, 0x541B, 0x5421, 0x5451, 0x5450)
_PRCTL = (2, 3, 15, 16, 21, 39, 41, 42, 51, 56, 0x53564D41)


def _give(action: int) -> Rule:
    return [(_RETURN, 0, 0, action)]


ALLOW = _give(_ALLOW)
DENY = _give(_ERROR | errno.EPERM)
ABSENT = _give(_ERROR | errno.ENOSYS)
PRETEND = _give(_ERROR)


def argument_in(index: int, values: Sequence[int]) -> Rule:
    """Allow the call if the low half of argument `index` is one of `values`."""
    last = len(values)
    tests = [(_EQUAL, last - position, 0, value) for position, value in enumerate(values)]
    return [_load(index), *tests, *DENY, *ALLOW]


def argument_masked(index: int, mask: int, value: int) -> Rule:
    """Allow the call if the low half of argument `index`, masked, is `value`."""
    return [_load(index), (_AND, 0, 0, mask), (_EQUAL, 1, 0, value), *DENY, *ALLOW]


def _load(index: int, high: bool = False) -> Instruction:
    return (_LOAD, 0, 0, _ARGUMENTS_AT + 8 * index + 4 * high)


def _null(index: int) -> Rule:
    return [_load(index), (_EQUAL, 0, 2, 0), _load(index, True), (_EQUAL, 1, 0, 0), *DENY, *ALLOW]


def _not_truncating(index: int) -> Rule:
    # Opening for reading and truncating at once would pass by the early versions of Landlock.
    return [_load(index), (_AND, 0, 0, os.O_TRUNC | os.O_ACCMODE), (_EQUAL, 0, 1, os.O_TRUNC), *DENY, *ALLOW]


def _own_limits() -> Rule:
    """The call prlimit64: own limits only, and setting that of the stack does nothing."""
    return [
        _load(0),
        (_EQUAL, 1, 0, 0),
        (_EQUAL, 0, 8, _SELF),
        _load(1),
        (_EQUAL, 0, 5, _STACK),
        _load(2),
        (_EQUAL, 0, 2, 0),
        _load(2, True),
        (_EQUAL, 1, 0, 0),
        *PRETEND,
        *ALLOW,
        *DENY,
    ]


def _server_rules() -> dict[str, Rule]:
    rules: dict[str, Rule] = dict.fromkeys(syscalls.ALLOWED, ALLOW)
    for_server = "fork kill tkill tgkill pidfd_open pidfd_send_signal sendmsg setsid setpgid prctl seccomp"
    for_server += " landlock_create_ruleset landlock_restrict_self setrlimit prlimit64"
    rules.update(dict.fromkeys(for_server.split(), ALLOW))
    rules.update(dict.fromkeys(_MODES, ALLOW))
    rules.update(dict.fromkeys(("utime", "utimes", "futimesat", "utimensat"), PRETEND))
    kinds = [f"{prefix}{verb}" for prefix in ("", "l", "f") for verb in ("setxattr", "getxattr", "removexattr")]
    # Copying a file takes this answer for "there are none".
    no_attributes = _give(_ERROR | errno.EOPNOTSUPP)
    rules.update(dict.fromkeys([*kinds, "listxattr", "llistxattr", "flistxattr"], no_attributes))
    rules.update(dict.fromkeys(("clone3", "openat2"), ABSENT))
    rules["open"] = _not_truncating(1)
    rules["openat"] = _not_truncating(2)
    # Not F_SETOWN and F_SETSIG: they have the kernel send signals to any process of the user.
    rules["fcntl"] = argument_in(1, _FCNTL)
    rules["ioctl"] = argument_in(1, _IOCTL)
    rules["socketpair"] = argument_in(0, (1,))
    # With an address, a socket without connection reaches whoever listens at a path.
    rules["sendto"] = _null(4)
    rules["clone"] = argument_masked(0, _NEW_NAMESPACES | _TRACED, 0)
    return rules


def _program_rules() -> dict[str, Rule]:
    denied = "fork pidfd_open pidfd_send_signal sendmsg setsid setpgid seccomp landlock_create_ruleset"
    denied += " landlock_restrict_self"
    rules: dict[str, Rule] = dict.fromkeys(denied.split(), DENY)
    rules["clone"] = argument_masked(0, _NEW_NAMESPACES | _TRACED | _THREAD, _THREAD)
    rules.update(dict.fromkeys(("kill", "tkill", "tgkill"), argument_in(0, (_SELF,))))
    rules.update(dict.fromkeys(_MODES, PRETEND))
    rules["prctl"] = argument_in(0, _PRCTL)
    rules["setrlimit"] = [_load(0), (_EQUAL, 0, 1, _STACK), *PRETEND, *ALLOW]
    rules["prlimit64"] = _own_limits()
    return rules


def assemble(rules: Mapping[str, Rule], default: Rule, unknown: Rule) -> list[Instruction]:
    """Return a filter with a rule per system call; `unknown` is for numbers above all in the table.

    Calls by the table of another machine end the process. Raises OSError where system calls are not known.
    """
    numbers = syscalls.numbers()
    by_number = {numbers[name]: rule for name, rule in rules.items() if name in numbers}
    spans: list[tuple[int, Rule]] = []
    for number in range(max(numbers.values()) + 1):
        rule = by_number.get(number, default)
        if not spans or spans[-1][1] != rule:
            spans.append((number, rule))
    spans += [(max(numbers.values()) + 1, unknown), (_FOREIGN_NUMBERS, _give(_KILL))]
    head = [(_LOAD, 0, 0, _MACHINE_AT), (_EQUAL, 1, 0, syscalls.architecture()), *_give(_KILL)]
    return [*head, (_LOAD, 0, 0, _NUMBER_AT), *_tree(spans)]


def _tree(spans: Sequence[tuple[int, Rule]]) -> list[Instruction]:
    if len(spans) == 1:
        return list(spans[0][1])
    middle = len(spans) // 2
    below, above = _tree(spans[:middle]), _tree(spans[middle:])
    if len(below) > 255:
        raise ValueError("the filter is too long for one jump")
    return [(_AT_LEAST, len(below), 0, spans[middle][0]), *below, *above]


def install(instructions: Sequence[Instruction]) -> None:
    """Put this process and all it starts under a filter. Needs no_new_privs. Raises OSError."""
    _, make = _ready(instructions)
    make()


def server_filter() -> list[Instruction]:
    """The filter of the fork server, which its children inherit."""
    return assemble(_server_rules(), DENY, ABSENT)


def program_filter() -> list[Instruction]:
    """The filter that a program gets on top; `_SELF` stands where its pid belongs."""
    return assemble(_program_rules(), ALLOW, ALLOW)


def ready_program_filter() -> Callable[[], None]:
    """Return what puts a process under the program filter, in a few dozen microseconds. It raises OSError."""
    instructions = program_filter()
    places = [2 * index + 1 for index, item in enumerate(instructions) if item[3] == _SELF]
    code, make = _ready(instructions)
    words = memoryview(code).cast("B").cast("I")
    getpid = os.getpid

    def apply() -> None:
        own = getpid()
        for place in places:
            words[place] = own
        make()

    return apply


def _ready(instructions: Sequence[Instruction]) -> tuple[ctypes.Array[ctypes.c_char], Callable[[], int]]:
    """Return the bytes of a filter, which must live as long as the second: what installs it."""
    packed = b"".join(struct.pack("<HBBI", *instruction) for instruction in instructions)
    code = ctypes.create_string_buffer(packed, len(packed))
    program = struct.pack("HxxxxxxP", len(instructions), ctypes.addressof(code))
    return code, syscalls.ready("install a seccomp filter", "seccomp", _SET_FILTER, _SPECULATE, program)
