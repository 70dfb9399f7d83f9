"""Rows of a dataset through the `datasets` library: from the hub or a table on disk, quietly and without long waits.

The hub's client retries for minutes where the hub cannot be reached. So its copy on disk is tried first, and the
hub itself only if it answers one short request.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

_PROBE_SECONDS = 3.0


class Missing(Exception):
    """A source that does not have the rows; the text says why."""


def hub_rows(name: str, split: str, config: str | None = None) -> Sequence[object]:
    """Return the rows of a dataset of the hub, or of the part of it that is called `config`. Raises Missing."""
    import datasets

    part = () if config is None else (config,)
    return _of_hub(name, lambda place: datasets.load_dataset(place, *part, split=split))


def chosen_rows(name: str, split: str) -> Sequence[object]:
    """Return the rows of a dataset of the hub: of a split or, if that is empty, of `test` or the only one there is.

    Raises Missing.
    """
    import datasets

    return _of_hub(name, lambda place: _split_of(datasets.load_dataset(place), split))


def _of_hub(name: str, load: Callable[[str], Sequence[object]]) -> Sequence[object]:
    """Return what `load` makes of the copy in the hub's cache or, failing that, of the name. Raises Missing."""
    import datasets
    import huggingface_hub

    kept = Missing("it is not in the hub's cache, and the hub does not answer")
    folder: str | None = None
    with contextlib.suppress(Exception):
        folder = huggingface_hub.snapshot_download(name, repo_type="dataset", local_files_only=True)
    if folder is not None:
        place = folder
        try:
            return _quietly(lambda: load(place))
        except Missing as error:
            # The cache may hold a part only.
            kept = Missing(f"its copy in the hub's cache: {error}")
    offline = bool(datasets.config.HF_HUB_OFFLINE)
    if (offline and folder is not None) or (not offline and not _hub_answers()):
        raise kept
    # Offline, this finds what an older version of the library has left, or fails at once.
    return _quietly(lambda: load(name))


def hub_files(name: str, files: Sequence[str]) -> tuple[Path, ...]:
    """Return where files of a dataset of the hub are, downloading what its cache has not. Raises Missing."""
    import huggingface_hub

    def locate(file: str, local: bool) -> Path:
        return Path(huggingface_hub.hf_hub_download(name, file, repo_type="dataset", local_files_only=local))

    with contextlib.suppress(Exception):
        return tuple(locate(file, True) for file in files)
    if huggingface_hub.constants.HF_HUB_OFFLINE:
        raise Missing("the hub is switched off (HF_HUB_OFFLINE)")
    if not _hub_answers():
        raise Missing("the hub does not answer")
    try:
        return tuple(locate(file, False) for file in files)
    except Exception as error:
        raise Missing(_said(error)) from error


def file_rows(path: Path) -> Sequence[object]:
    """Return the rows of a file: JSON lines (.gz too), a JSON array (.json) or .parquet. Raises Missing."""
    if path.suffix == ".parquet":
        return table_rows(path)
    # Not through the library: columns of such files may have no single type.
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            if path.suffix != ".json":
                return [json.loads(line) for line in file if line.strip()]
            rows = json.load(file)
    except (OSError, EOFError, ValueError, RecursionError) as error:
        raise Missing(f"{type(error).__name__}: {error}") from error
    if not isinstance(rows, list):
        raise Missing("it is no array of problems")
    return rows


def table_rows(path: Path) -> Sequence[object]:
    """Return the rows of a file (.jsonl, .jsonl.gz or .parquet) whose columns have one type each. Raises Missing."""
    import datasets

    # Not `load_dataset("json")`: that reports its use over the network. The folder of prepared data is thrown away,
    # because the library would otherwise lock and keep a copy in the user's home.
    read = datasets.Dataset.from_parquet if path.suffix == ".parquet" else datasets.Dataset.from_json
    with tempfile.TemporaryDirectory() as folder:
        return _quietly(lambda: read(str(path), cache_dir=folder, keep_in_memory=True))


def _quietly(load: Callable[[], Sequence[object]]) -> Sequence[object]:
    """Return the rows of a dataset, without progress bars, log lines and warnings. Raises Missing."""
    with _silence():
        try:
            return list(load())
        except Exception as error:
            # The library raises errors of many packages; which one says nothing to a user.
            raise Missing(_said(error.__cause__ or error)) from error


def _said(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


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


def saved_rows(folder: Path, split: str) -> Sequence[object]:
    """Return the rows of a dataset that `save_to_disk` wrote, splits as in `chosen_rows`. Raises Missing."""
    import datasets

    return _quietly(lambda: _split_of(datasets.load_from_disk(str(folder)), split))


def _split_of(dataset: Mapping[str, Sequence[object]] | Sequence[object], split: str) -> Sequence[object]:
    """Return a split of a dataset. Raises ValueError naming the splits that there are."""
    if not isinstance(dataset, Mapping):
        return dataset
    wanted = split or ("test" if "test" in dataset else next(iter(dataset)) if len(dataset) == 1 else "")
    if wanted not in dataset:
        raise ValueError(f"it has the splits {', '.join(dataset)}: name one behind a colon")
    return dataset[wanted]
