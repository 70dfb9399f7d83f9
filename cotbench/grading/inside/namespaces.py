"""Entering namespaces of one's own, with a private read-only root: what a sandbox process at level full does first.

A plan (a JSON object made by `cotbench.grading.libraries`) names what the new root shows: `trees` and `files` at the
same absolute paths as outside, `hidden` sub-trees that are empty there, `links` (path to target), `site_folder` with
links to the `packages` by name, and `work`, the only folder that can be written, of `space` bytes. Nothing is created
outside: the root grows in a tmpfs that only this process sees.

Two processes come out of it. The outer one stays behind as the keeper, which ends as the inner one ends; the inner one
is pid 1 in there, and ends with the keeper.
"""

from __future__ import annotations

import os
import select
import signal
import stat
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from . import privileges, syscalls

MOUNT, PROCESS, NETWORK, IPC, NAMES, CGROUP, USER = (
    0x00020000,
    0x20000000,
    0x40000000,
    0x08000000,
    0x04000000,
    0x02000000,
    0x10000000,
)
"""The kinds of namespaces, as the kernel numbers them."""

_READ_ONLY, _NO_SETUID, _NO_DEVICES, _NO_EXECUTION = 1, 2, 4, 8
_BIND, _RECURSIVE, _PRIVATE = 4096, 16384, 1 << 18
_DETACH = 2
_AT_RECURSIVE = 0x8000
_HERE = -100
_DEATH_SIGNAL = 1
_DEVICES = ("null", "zero", "full", "random", "urandom")
_STREAMS = {"stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2", "fd": "/proc/self/fd"}
_SMALL = "mode=755,size=1m,nr_inodes=8192"
_BYTES_PER_FILE = 4096
_OLD = "/.old"
_BASES = ("/tmp", "/mnt", "/run", "/var")


def enter(plan: Mapping[str, Any]) -> None:
    """Become pid 1 of new namespaces below a private root, as the user `uid` of the plan and without capabilities.

    The process that called stays outside as the keeper. It exits with the status of the inner process, or 128 plus the
    number of the signal that ended it. Call it before anything else: with one thread, and with no use for descriptors
    of folders, which are closed. Raises OSError whose text names the step that failed.
    """
    parent = os.getppid()
    uid = int(plan["uid"])
    direct = privileges.can_enter_directly()
    if direct:
        unshare("make a process namespace", PROCESS)
    else:
        enter_user_namespace(uid, PROCESS)
    alive, keep = os.pipe()
    inner = os.fork()
    if inner:
        _keep(inner, keep, parent)
    os.close(keep)
    others = MOUNT | NETWORK | IPC | NAMES
    if Path("/proc/self/ns/cgroup").exists():
        others |= CGROUP
    unshare("make namespaces for mounts, network, IPC, host name and cgroups", others)
    _close_folders()
    name = b"sandbox"
    syscalls.call("set the host name", "sethostname", name, len(name))
    _build(plan)
    _become(uid, direct)
    _end_with_keeper(alive)
    _look(plan)


def unshare(step: str, kinds: int) -> None:
    """Make new namespaces of these kinds. Raises OSError that names the step."""
    syscalls.call(step, "unshare", kinds)


def enter_user_namespace(uid: int, kinds: int = 0) -> None:
    """Enter a new user namespace, and others with it, where this process is the user `uid`. Raises OSError."""
    user, group = os.geteuid(), os.getegid()
    unshare("make a user namespace", USER | kinds)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {user} 1"), ("gid_map", f"{uid} {group} 1")):
        try:
            Path("/proc/self", name).write_text(text, encoding="ascii")
        except OSError as error:
            raise OSError(error.errno, f"write {name} of the user namespace: {error.strerror}") from None


def _keep(inner: int, keep: int, parent: int) -> NoReturn:
    """Wait for the inner process, and end as it did; nothing can go on here, whatever happens."""
    status = 1
    try:
        for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGTERM, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        syscalls.call("end with the grader", "prctl", _DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        if os.getppid() == parent:
            for fd in _descriptors():
                # The pipe stays: its other end tells the inner process that the keeper is gone.
                if fd != keep:
                    os.close(fd)
            status = os.waitstatus_to_exitcode(os.waitpid(inner, 0)[1])
    finally:
        os._exit(status if status >= 0 else 128 - status)


def _descriptors() -> list[int]:
    found = []
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208  # numbers, not paths
        try:
            os.fstat(int(name))
        except OSError:
            continue
        found.append(int(name))
    return found


def _close_folders() -> None:
    # From the descriptor of a folder outside, a path leads out of any root.
    for fd in _descriptors():
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            os.close(fd)


def _build(plan: Mapping[str, Any]) -> None:
    """Make the private root, move into it, and leave the old one."""
    _mount("make mounts private", None, "/", None, _RECURSIVE | _PRIVATE)
    base = next(path for path in _BASES if Path(path).is_dir())
    _mount("mount the new root", "tmpfs", base, "tmpfs", _NO_SETUID | _NO_DEVICES, _SMALL)
    os.chdir(base)
    Path(_OLD[1:]).mkdir()
    syscalls.call("move to the new root", "pivot_root", b".\0", f".{_OLD}\0".encode())
    os.chdir("/")
    _Root(plan).furnish()
    syscalls.call("leave the old root", "umount2", f"{_OLD}\0".encode(), _DETACH)
    Path(_OLD).rmdir()
    _lock("/")
    work, uid = str(plan["work"]), int(plan["uid"])
    options = f"mode=700,size={plan['space']},nr_inodes={plan['space'] // _BYTES_PER_FILE},uid={uid},gid={uid}"
    _mount("mount the work folder", "tmpfs", work, "tmpfs", _NO_SETUID | _NO_DEVICES, options)
    os.chdir(work)


class _Root:
    """The new root while it is furnished; the old one is below it."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        self.kinds: dict[str, str] = dict.fromkeys(plan["trees"], "tree") | dict.fromkeys(plan["files"], "file")
        self.kinds |= dict.fromkeys(plan["hidden"], "hidden")
        self.site, self.work = str(plan["site_folder"]), str(plan["work"])
        packages = {f"{self.site}/{name}": target for name, target in plan["packages"].items()}
        self.links: dict[str, str] = plan["links"] | packages

    def furnish(self) -> None:
        # Outer paths come first, so that what lies in a hidden tree is mounted on top of that.
        for path in sorted(self.kinds, key=lambda path: path.split("/")):
            around, kind = self.around(path), self.kinds[path]
            if kind == "hidden" and around == "tree":
                if Path(path).is_dir():
                    _mount(f"hide {path}", "tmpfs", path, "tmpfs", _NO_SETUID | _NO_DEVICES, _SMALL)
            elif kind != "hidden" and around != "tree":
                self.show(path, _READ_ONLY | _NO_SETUID | _NO_DEVICES)
        for path, target in self.links.items():
            if self.around(path) != "tree":
                self.link(path, target)
        for path, kind in self.kinds.items():
            if kind == "hidden" and os.path.ismount(path):
                _lock(path)
        for name in _DEVICES:
            self.show(f"/dev/{name}", _NO_SETUID | _NO_EXECUTION)
        for name, target in _STREAMS.items():
            self.link(f"/dev/{name}", target)
        for folder in ("/proc", self.site, self.work):
            Path(folder).mkdir(parents=True, exist_ok=True)
        flags = _READ_ONLY | _NO_SETUID | _NO_DEVICES | _NO_EXECUTION
        _mount("mount proc", "proc", "/proc", "proc", flags)

    def around(self, path: str) -> str:
        """The kind of the nearest listed path above `path`, "" if there is none."""
        above = (str(parent) for parent in Path(path).parents)
        return next((self.kinds[parent] for parent in above if parent in self.kinds), "")

    def show(self, path: str, flags: int) -> None:
        source, target = Path(_OLD + path), Path(path)
        if not source.exists():
            return
        if source.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
        _mount(f"show {path}", str(source), path, None, _BIND | _RECURSIVE)
        _lock(path, flags, _AT_RECURSIVE)

    def link(self, path: str, target: str) -> None:
        place = Path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.is_symlink():
            place.symlink_to(target)


def _lock(path: str, flags: int = _READ_ONLY | _NO_SETUID | _NO_DEVICES, depth: int = 0) -> None:
    attributes = struct.pack("QQQQ", flags, 0, 0, 0)
    syscalls.call(f"protect {path}", "mount_setattr", _HERE, f"{path}\0".encode(), depth, attributes, len(attributes))


def _mount(step: str, source: str | None, target: str, kind: str | None, flags: int, options: str = "") -> None:
    words = [None if word is None else f"{word}\0".encode() for word in (source, target, kind, options or None)]
    syscalls.call(step, "mount", words[0], words[1], words[2], flags, words[3])


def _become(uid: int, direct: bool) -> None:
    """Be the ordinary user `uid` and hold no capability."""
    if direct:
        privileges.narrow()
        try:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
        except OSError as error:
            raise OSError(error.errno, f"become the user {uid}: {error.strerror}") from None
    privileges.no_new_privileges()
    privileges.drop_capabilities()


def _end_with_keeper(alive: int) -> None:
    # After the change of user, which takes this back. The pid of the keeper is not visible from here, but the pipe is.
    syscalls.call("end with the keeper", "prctl", _DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    poll = select.poll()
    poll.register(alive, select.POLLIN)
    if poll.poll(0):
        os._exit(1)
    os.close(alive)


def _look(plan: Mapping[str, Any]) -> None:
    for path in plan["trees"]:
        if not os.access(path, os.R_OK | os.X_OK):
            raise OSError(f"read {path}: not allowed to the user {plan['uid']} of the sandbox")
