"""What programs may read: the standard library, chosen third-party packages, and the shared libraries behind those.

Third-party packages are found by their files, never imported. All of site-packages would be too much: what is
installed beside them can hold the answers of a benchmark. Which ones are found decides what programs can import, and
so it decides scores; it is the same at every isolation level.
"""

from __future__ import annotations

import functools
import importlib.machinery
import itertools
import os
import platform
import ssl
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

LIBRARIES = (
    # What graders of published benchmarks have, or contest sites offer, and what those packages need themselves.
    "numpy",
    "scipy",
    "pandas",
    "dateutil",
    "pytz",
    "six",
    "tzdata",
    "sympy",
    "mpmath",
    "gmpy2",
    "networkx",
    "sortedcontainers",
    "more_itertools",
    "bitarray",
    "atcoder",
    "typing_extensions",
)
"""The third-party packages that programs may import, as far as they are installed."""

SPACE = 64 << 20
"""Bytes that a program may keep in files at level full."""

PRIVATE_WORKS, PRIVATE_SITE = ("/tmp", "/var/tmp", "/scratch"), "/site"
"""Where the private root has the folder that can be written (the first that hides nothing), and the packages."""

USERS = range(61184, 65520)
"""User ids that systems leave free."""

_users = itertools.cycle((*USERS[os.getpid() % len(USERS) :], *USERS[: os.getpid() % len(USERS)]))
_INSIDE = Path(__file__).with_name("inside")
_HIDDEN = ("site-packages", "dist-packages", "test", "ensurepip", "idlelib/idle_test")
_SYSTEM_TREES = ("/lib64", "/usr/lib64", "/usr/share/zoneinfo")
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime")


def installed_libraries(path: Iterable[str] | None = None) -> dict[str, str]:
    """Return what of LIBRARIES is in the folders of `path` (sys.path), as file or folder name to real path.

    With a package come the shared libraries that its wheel keeps beside it, in NAME.libs.
    """
    folders = [Path(entry) for entry in (sys.path if path is None else path) if entry]
    found: dict[str, str] = {}
    for name in LIBRARIES:
        place = next((place for folder in folders if (place := _module(folder, name))), None)
        if place is not None:
            found[place.name] = str(place.resolve())
            beside = place.with_name(f"{name}.libs")
            if beside.is_dir():
                found[beside.name] = str(beside.resolve())
    return found


def _module(folder: Path, name: str) -> Path | None:
    if (folder / name / "__init__.py").is_file():
        return folder / name
    suffixes = [".py", *importlib.machinery.EXTENSION_SUFFIXES]
    return next((file for suffix in suffixes if (file := folder / f"{name}{suffix}").is_file()), None)


def reading_plan(
    *, level: str, work: Path, site: Path, uid: int | None = None, space: int = SPACE
) -> dict[str, object]:
    """Return what a sandbox process may read and write, as a JSON object; all paths are absolute.

    Below level full, `work` is the folder that can be written, and the folder `site` is made here: links to `packages`,
    the only third-party entry for sys.path (key `site_folder`). At level full the private root has its own, with `work`
    of `space` bytes, and programs run as the user `uid` if the grader is root; unless given, `uid` is one of USERS.
    Raises OSError if `site` cannot be made.

    The rest of the keys: `trees` and `files` can be read, but for the trees in `hidden`; `links` are the symbolic links
    on the way to them.
    """
    packages = installed_libraries()
    if level != "full":
        site.mkdir()
        for name, target in packages.items():
            (site / name).symlink_to(target)
    readable = _readable(tuple(packages.values()))
    return {
        **readable,
        "packages": packages,
        "site_folder": PRIVATE_SITE if level == "full" else str(site),
        "work": _private_work(readable) if level == "full" else str(work),
        "space": space,
        "uid": next(_users) if uid is None else uid,
    }


def _private_work(readable: dict[str, object]) -> str:
    # A virtual environment can lie in /tmp; a folder of one's own there would hide it.
    shown = [Path(path) for paths in readable.values() for path in (paths if isinstance(paths, (list, dict)) else ())]
    free = (work for work in PRIVATE_WORKS if not any(path.is_relative_to(work) for path in shown))
    return next(free, PRIVATE_WORKS[-1])


@functools.cache
def _readable(packages: tuple[str, ...]) -> dict[str, object]:
    trees, files, links = set[str](), set[str](), dict[str, str]()
    for place in (*_python_places(), *_system_places(), *map(Path, packages)):
        if place.exists():
            real = _resolve(place, links)
            (trees if real.is_dir() else files).add(str(real))
    hidden = {str(path) for tree in map(Path, trees) for path in _hidden(tree)} - set(packages)
    return {
        "trees": [tree for tree in sorted(trees) if not _is_shown(tree, trees, hidden)],
        "files": [file for file in sorted(files) if not _is_shown(file, trees, hidden)],
        "hidden": sorted(hidden),
        "links": links,
    }


def _is_shown(path: str, trees: set[str], hidden: set[str]) -> bool:
    """Whether a tree above `path` shows it already."""
    for above in map(str, Path(path).parents):
        if above in trees or above in hidden:
            return above in trees
    return False


def _python_places() -> Iterator[Path]:
    """The standard library and the interpreter that runs."""
    stdlib = Path(sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix}))
    yield stdlib
    yield from (Path(entry) for entry in sys.path if entry.endswith((".zip", "lib-dynload")))
    yield Path(sys.executable)
    yield _INSIDE
    # Libraries that come with the interpreter, as in conda, and that its extension modules ask for later.
    if stdlib.parent not in (Path("/usr/lib"), Path("/usr/lib64")):
        yield from stdlib.parent.glob("*.so*")


def _system_places() -> Iterator[Path]:
    """Shared libraries that a late import may ask for, time zones, and what ssl reads when it is loaded."""
    kind = sysconfig.get_config_var("MULTIARCH") or f"{platform.machine()}-linux-gnu"
    trees = [f"/lib/{kind}", f"/usr/lib/{kind}", *_SYSTEM_TREES]
    if not Path(trees[0]).exists():
        trees += ["/lib", "/usr/lib"]
    yield from map(Path, (*trees, *_SYSTEM_FILES))
    yield Path(ssl.get_default_verify_paths().openssl_cafile).with_name("openssl.cnf")


def _hidden(tree: Path) -> Iterator[Path]:
    for name in _HIDDEN:
        for path in (tree / name, *tree.glob(f"python3*/{name}")):
            if path.is_dir() and not path.is_symlink() and tree.name != "inside":
                yield path


def _resolve(place: Path, links: dict[str, str]) -> Path:
    """Return the real path of `place`, and add the links on the way to `links`."""
    done, todo = Path("/"), list(place.absolute().parts[1:])
    while todo:
        part = todo.pop(0)
        if part == "..":
            done = done.parent
            continue
        step = done / part
        if step.is_symlink():
            links[str(step)] = str(step.readlink())
            target = step.readlink()
            done = Path("/") if target.is_absolute() else done
            todo = [*(part for part in target.parts if part != "/"), *todo]
        else:
            done = step
    return done
