"""Columns as Parquet files and back. Only here is pyarrow used, and only when a cache is written or read.

A file holds the columns of one kind of row; its metadata say what it was made from and how many lines were skipped.
Its pages carry checksums.
"""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from cotbench.store.columns import AnyColumns, AttemptColumns, CallColumns, Lists, VerdictColumns, Words

C = TypeVar("C", CallColumns, AttemptColumns, VerdictColumns)

_STAMP, _TORN = b"cotbench.stamp", b"cotbench.torn"


class UnusableFile(ValueError):
    """A file is not there, damaged, or made from something else."""


def write_parquet(columns: AnyColumns, path: Path, *, stamp: str, torn: int) -> None:
    """Write columns to a file and force it to disk. Raises OSError."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays: dict[str, Any] = {}
    for field in fields(columns):
        value = getattr(columns, field.name)
        if isinstance(value, Words):
            words = pa.array(value.words, type=pa.string())
            arrays[field.name] = pa.DictionaryArray.from_arrays(pa.array(value.codes), words)
        elif isinstance(value, Lists):
            arrays[field.name] = pa.ListArray.from_arrays(pa.array(value.offsets), pa.array(value.values))
        else:
            arrays[field.name] = pa.array(value)
    table = pa.table(arrays).replace_schema_metadata({_STAMP: stamp.encode(), _TORN: str(torn).encode()})
    with path.open("wb") as file:
        pq.write_table(table, file, row_group_size=max(1, len(table)), compression="zstd", write_page_checksum=True)
        file.flush()
        os.fsync(file.fileno())


def read_parquet(kind: type[C], path: Path, *, stamp: str) -> tuple[C, int]:
    """Return the columns of a file and its number of lines skipped.

    Raises UnusableFile if there is no such file, it cannot be read or it has another stamp.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            about = file.schema_arrow.metadata
            if about[_STAMP] != stamp.encode():
                raise UnusableFile(f"{path} was made from other rows")
            torn = int(about[_TORN])
            table = file.read().unify_dictionaries()
        found = {field.name: _column(table[field.name].combine_chunks(), str(field.type)) for field in fields(kind)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, pa.ArrowException) as error:
        raise UnusableFile(f"cannot use {path}: {error}") from error
    return kind(**found), torn


def _column(values: Any, form: str) -> Any:
    if form == Words.__name__:
        return Words(values.indices.to_numpy(zero_copy_only=False), tuple(values.dictionary.to_pylist()))
    if form == Lists.__name__:
        return Lists(values.offsets.to_numpy(), values.values.to_numpy())
    return values.to_numpy(zero_copy_only=False)
