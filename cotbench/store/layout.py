"""One run directory: its path, its spec and manifest, and the lock that keeps two processes from paying twice."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import yaml

from cotbench._version import RUN_FORMAT
from cotbench.core.errors import StoreError
from cotbench.core.spec import RunSpec, from_plain, to_plain
from cotbench.store.manifest import Manifest

SPEC = "spec.yaml"
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """A directory that holds one run, made or about to be made."""

    path: Path

    @property
    def name(self) -> str:
        """The run's name: the last part of its path."""
        return self.path.name

    def exists(self) -> bool:
        """Whether a run was started here."""
        return (self.path / SPEC).is_file()

    def claim(self) -> None:
        """Make the directory, which must not exist yet. Raises StoreError if it does or cannot be made."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.mkdir()
        except FileExistsError as error:
            raise StoreError(
                f"{self.path} was made by another process just now", hint="give the same command again"
            ) from error
        except OSError as error:
            raise StoreError(
                f"cannot make the run directory {self.path}: {error.strerror or error}",
                hint="choose a writable place with --results DIR",
            ) from error

    def write_spec(self, spec: RunSpec) -> None:
        """Replace spec.yaml atomically."""
        text = yaml.safe_dump(to_plain(spec), sort_keys=False, allow_unicode=True)
        self._replace(SPEC, text.encode())

    def write_manifest(self, manifest: Manifest) -> None:
        """Replace manifest.json atomically."""
        self._replace(MANIFEST, orjson.dumps(manifest.plain(), option=orjson.OPT_INDENT_2) + b"\n")

    def write(self, name: str, data: bytes) -> None:
        """Replace another file of the run atomically. Raises StoreError."""
        self._replace(name, data)

    def read_spec(self) -> RunSpec:
        """Read spec.yaml. Raises StoreError if it is missing or not a spec."""
        path = self.path / SPEC
        try:
            raw = yaml.safe_load(path.read_text(encoding="utf-8"))
            if not isinstance(raw, dict):
                raise TypeError("a mapping was expected")
            return from_plain(raw)
        except FileNotFoundError:
            raise StoreError(
                f"{self.path} is not a run directory: it has no {SPEC}",
                hint="`cotbench list runs` shows the runs there are",
            ) from None
        except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
            raise StoreError(f"cannot read {path}: {_first_line(error)}") from error

    def read_manifest(self) -> Manifest:
        """Read manifest.json. Raises StoreError if it is missing, broken or of another version."""
        path = self.path / MANIFEST
        try:
            raw = orjson.loads(path.read_bytes())
            version = raw["format"]
            if version != RUN_FORMAT:
                raise StoreError(
                    f"{self.path} was written in run format {version}; this version reads format {RUN_FORMAT}",
                    hint="use the cotbench version named in its manifest.json, or start another run with --fresh",
                )
            return Manifest.read(raw)
        except FileNotFoundError:
            raise StoreError(
                f"{self.path} is not a run directory: it has no {MANIFEST}",
                hint="`cotbench list runs` shows the runs there are",
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(f"cannot read {path}: {_first_line(error)}") from error

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the run for this process. Raises StoreError if another process works on it.

        File systems without locks are used without: overlapping writers only cost money, they never harm the rows.
        """
        try:
            handle = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreError(f"cannot write to {self.path}: {error.strerror or error}") from error
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                    raise StoreError(
                        f"another cotbench process works on {self.path}",
                        hint="wait for it, or start a run of its own with --fresh",
                    ) from error
            yield
        finally:
            os.close(handle)

    def idle(self) -> bool:
        """Whether this directory can be written and no process works on it at the moment."""
        try:
            with self.lock():
                return True
        except StoreError:
            return False

    def _replace(self, name: str, data: bytes) -> None:
        path = self.path / name
        part = path.with_name(f".{name}.{os.getpid()}")
        try:
            part.write_bytes(data)
            part.replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink()
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StoreError(
                    f"no space left on the disk that holds {self.path}",
                    hint="free some space and give the same command again; nothing that was written is lost",
                ) from error
            raise StoreError(
                f"cannot write {path}: {error.strerror or error}",
                hint="choose a writable place with --results DIR",
            ) from error


def named_run(name: str, results: Path) -> RunDirectory | None:
    """Return the run at a path or with a name in the results directory, or None."""
    candidates = (RunDirectory(Path(name)), RunDirectory(results / name))
    return next((run for run in candidates if run.exists()), None)


def list_runs(results: Path) -> list[RunDirectory]:
    """Return the runs in a results directory, the one worked on last at the end."""
    if not results.is_dir():
        return []
    found = [RunDirectory(path) for path in results.iterdir() if (path / SPEC).is_file()]
    return sorted(found, key=lambda run: (_touched(run.path), run.name))


def check_writable(results: Path) -> None:
    """Find out before any work whether runs can be written. Raises StoreError."""
    try:
        results.mkdir(parents=True, exist_ok=True)
        probe = results / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StoreError(
            f"cannot write to the results directory {results}: {error.strerror or error}",
            hint="choose a writable place with --results DIR",
        ) from error


def _touched(path: Path) -> float:
    return max(file.stat().st_mtime for file in (path / MANIFEST, path / SPEC) if file.exists())


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no details'}"
