"""The system call filters, run by an interpreter of BPF: every number of both machines, and arguments that decide."""

from __future__ import annotations

import errno
import os
import platform
import struct

import pytest
from isolation import confined, linux

from cotbench.grading.inside import seccomp, syscalls

ALLOW, KILL, EPERM, ENOSYS, PRETEND = 0x7FFF0000, 0x80000000, 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS, 0x50000
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
OWN = 4321
SIGSYS = 31
CLONE_OF_FORK, CLONE_OF_THREAD = 0x01200011, 0x003D0F00


@pytest.fixture(params=list(MACHINES))
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Builds filters for a machine, whichever this is; returns its audit number."""
    known = syscalls._ARCHITECTURES[request.param]
    monkeypatch.setattr(syscalls, "_machine", lambda: known)
    return MACHINES[request.param]


def run(instructions: list[seccomp.Instruction], machine: int, number: int, *arguments: int) -> int:
    """Return the action of a filter, as the kernel would work it out."""
    words = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    data = struct.pack("<IIQ6Q", number, machine, 0, *(word & 0xFFFFFFFFFFFFFFFF for word in words))
    value, at = 0, 0
    while True:
        code, if_true, if_false, constant = instructions[at]
        at += 1
        if constant == seccomp._SELF:
            constant = OWN
        if code == 0x20:
            (value,) = struct.unpack_from("<I", data, constant)
        elif code == 0x54:
            value &= constant
        elif code in (0x15, 0x35):
            at += if_true if (value == constant if code == 0x15 else value >= constant) else if_false
        else:
            assert code == 0x06
            return constant


def test_every_number_has_the_answer_of_its_name(machine: int) -> None:
    numbers = syscalls.numbers()
    assert len(set(numbers.values())) == len(numbers)
    names = {number: name for name, number in numbers.items()}
    server = seccomp.server_filter()
    free = {*syscalls.ALLOWED}
    ruled = {"open", "openat", "fcntl", "ioctl", "socketpair", "sendto", "clone", "clone3", "openat2"}
    allowed = 0
    for number in range(max(names) + 1):
        name = names.get(number, "")
        if name in ruled:
            continue
        answer = run(server, machine, number)
        if name in free:
            assert answer == ALLOW, name
            allowed += 1
        elif name in ("socket", "connect", "execve", "ptrace", "mount", "unshare", "bpf", "keyctl", "memfd_create", ""):
            assert answer == EPERM, (number, name)
    assert allowed == len(free & set(numbers))
    assert run(server, machine, max(names) + 1) == ENOSYS
    assert run(server, machine, numbers["clone3"]) == ENOSYS


def test_calls_by_another_table_end_the_process(machine: int) -> None:
    program, server = seccomp.program_filter(), seccomp.server_filter()
    for instructions in (server, program):
        for other in (0x40000003, 0x40000028, *(set(MACHINES.values()) - {machine})):
            assert run(instructions, other, 1) == KILL
        assert run(instructions, machine, 0x40000001) == KILL
        assert run(instructions, machine, 0xFFFFFFFF) == KILL


@pytest.mark.parametrize(
    ("name", "arguments", "answer"),
    [
        ("clone", (CLONE_OF_FORK,), ALLOW),
        ("clone", (CLONE_OF_THREAD,), ALLOW),
        ("clone", (0x10000000 | CLONE_OF_FORK,), EPERM),
        ("clone", (0x00020000 | CLONE_OF_FORK,), EPERM),
        ("openat", (0, 0, os.O_RDONLY | os.O_TRUNC), EPERM),
        ("openat", (0, 0, os.O_RDWR | os.O_TRUNC), ALLOW),
        ("openat", (0, 0, os.O_WRONLY | os.O_TRUNC | os.O_CREAT), ALLOW),
        ("fcntl", (0, 4), ALLOW),
        ("fcntl", (0, 8), EPERM),
        ("fcntl", (0, 10), EPERM),
        ("fcntl", (0, 15), EPERM),
        ("ioctl", (0, 0x5401), ALLOW),
        ("ioctl", (0, 0x5412), EPERM),
        ("ioctl", (0, 0x541C), EPERM),
        ("socketpair", (1,), ALLOW),
        ("socketpair", (2,), EPERM),
        ("sendto", (0, 0, 0, 0, 0), ALLOW),
        ("sendto", (0, 0, 0, 0, 8), EPERM),
        ("sendto", (0, 0, 0, 0, 1 << 32), EPERM),
        ("sendmsg", (), ALLOW),
        ("kill", (1, 9), ALLOW),
        ("chmod", (), ALLOW),
        ("fchmodat", (), ALLOW),
        ("utimensat", (), PRETEND),
        ("landlock_restrict_self", (), ALLOW),
        ("landlock_add_rule", (), EPERM),
    ],
)
def test_the_server_by_argument(machine: int, name: str, arguments: tuple[int, ...], answer: int) -> None:
    numbers = syscalls.numbers()
    if name in numbers:
        assert run(seccomp.server_filter(), machine, numbers[name], *arguments) == answer


@pytest.mark.parametrize(
    ("name", "arguments", "answer"),
    [
        ("read", (), ALLOW),
        ("fork", (), EPERM),
        ("clone", (CLONE_OF_FORK,), EPERM),
        ("clone", (CLONE_OF_THREAD,), ALLOW),
        ("clone", (0x00010000,), EPERM),
        ("clone", (0x00000100,), EPERM),
        ("clone", (0x10000000 | CLONE_OF_THREAD,), EPERM),
        ("kill", (OWN, 9), ALLOW),
        ("kill", (OWN + 1, 9), EPERM),
        ("kill", (-1, 9), EPERM),
        ("kill", (-OWN, 9), EPERM),
        ("kill", (0, 9), EPERM),
        ("tgkill", (OWN, OWN + 1, 6), ALLOW),
        ("tgkill", (1, OWN, 6), EPERM),
        ("sendmsg", (), EPERM),
        ("setsid", (), EPERM),
        ("chmod", (), PRETEND),
        ("fchmodat", (), PRETEND),
        ("prctl", (15,), ALLOW),
        ("prctl", (22,), EPERM),
        ("seccomp", (1,), EPERM),
        ("setrlimit", (3,), PRETEND),
        ("setrlimit", (7,), ALLOW),
        ("prlimit64", (0, 3, 0, 8), ALLOW),
        ("prlimit64", (0, 3, 8, 0), PRETEND),
        ("prlimit64", (0, 3, 1 << 32, 0), PRETEND),
        ("prlimit64", (OWN, 3, 8, 0), PRETEND),
        ("prlimit64", (OWN, 0, 8, 0), ALLOW),
        ("prlimit64", (0, 0, 8, 0), ALLOW),
        ("prlimit64", (1, 0, 8, 0), EPERM),
        ("prlimit64", (1, 3, 8, 0), EPERM),
        ("prlimit64", (1, 3, 0, 8), EPERM),
    ],
)
def test_the_program_by_argument(machine: int, name: str, arguments: tuple[int, ...], answer: int) -> None:
    numbers = syscalls.numbers()
    if name in numbers:
        assert run(seccomp.program_filter(), machine, numbers[name], *arguments) == answer


@linux
@pytest.mark.skipif(platform.machine() != "x86_64", reason="machine code for x86_64")
def test_calls_of_other_abis_end_the_program() -> None:
    by_interrupt = """
import ctypes, mmap
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
code.write(bytes.fromhex("b814000000cd80c3"))
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
"""
    x32 = "import ctypes\nctypes.CDLL(None).syscall(0x40000000 | 39)"
    results = confined({"i386": by_interrupt, "x32": x32}, level="basic")
    assert (results["i386"], results["x32"]) == (f"ended -{SIGSYS}", f"ended -{SIGSYS}")


def test_without_a_table_for_the_machine_nothing_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    names = type("Names", (), {"machine": "riscv64"})
    monkeypatch.setattr(os, "uname", lambda: names)
    with pytest.raises(OSError, match="riscv64"):
        seccomp.server_filter()
