"""Published results that runs can be laid beside: facts with their citation, shipped as data files.

Each file in `references/` holds one table: its rows (model, benchmark, then percentages as printed), where it is from,
how it was measured and what a reader must know of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import cast

import yaml

from cotbench.core.errors import ConfigurationError, near_matches

_FOLDER = "references"


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """One model on one benchmark; `values` are percentages of problems solved, one per value column."""

    model: str
    benchmark: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """A published table. `columns` name the values as strategy@k."""

    name: str
    title: str
    citation: str
    url: str
    conditions: str
    notes: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[ReferenceRow, ...]

    def ks(self, strategy: str) -> dict[int, int]:
        """Return the ks at which the table has this strategy, each with the place of its column."""
        named = [column.split("@") for column in self.columns]
        return {int(k): place for place, (name, k) in enumerate(named) if name == strategy}


def reference_names() -> tuple[str, ...]:
    """Return the names of the tables there are."""
    files = resources.files("cotbench.analysis").joinpath(_FOLDER).iterdir()
    return tuple(sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml")))


def read_reference(name: str) -> Reference:
    """Return a published table. Raises ConfigurationError for a name that is not known."""
    if name not in reference_names():
        raise ConfigurationError(f"there is no reference {name!r}", hint=near_matches(name, reference_names()))
    file = resources.files("cotbench.analysis").joinpath(_FOLDER, f"{name}.yaml")
    raw = cast("dict[str, object]", yaml.safe_load(file.read_text(encoding="utf-8")))
    columns = cast("Sequence[str]", raw["columns"])
    return Reference(
        name=name,
        title=cast(str, raw["title"]),
        citation=cast(str, raw["citation"]),
        url=cast(str, raw["url"]),
        conditions=cast(str, raw["conditions"]),
        notes=tuple(cast("Sequence[str]", raw["notes"])),
        columns=tuple(columns[2:]),
        rows=tuple(
            ReferenceRow(cast(str, model), cast(str, benchmark), tuple(float(cast(float, value)) for value in values))
            for model, benchmark, *values in cast("Sequence[Sequence[object]]", raw["rows"])
        ),
    )
