"""Short names that tell several runs apart, the same in tables and figures."""

from __future__ import annotations

from collections.abc import Sequence

from cotbench.analysis.frames import RunTable
from cotbench.core.spec import identity


def run_names(tables: Sequence[RunTable]) -> tuple[str, ...]:
    """Return each run's name, with its parent folder where two runs have the same one."""
    return _tell_apart(
        [table.name for table in tables],
        [f"{table.path.parent.name}/{table.name}" for table in tables],
    )


def line_labels(tables: Sequence[RunTable]) -> tuple[str, ...]:
    """Return the strategy of each run; strategy and model where strategies repeat; where those repeat, too, the
    settings in which a run differs from the first one of its kind; else the run's name.
    """
    strategies = [table.spec.strategy for table in tables]
    with_model = [f"{table.spec.strategy}, {model_name(table.spec.model)}" for table in tables]
    if len(set(strategies)) == len(strategies):
        return tuple(strategies)
    if len(set(with_model)) == len(with_model):
        return tuple(with_model)
    by_kind = strategies if len({table.spec.model for table in tables}) == 1 else with_model
    with_settings = _with_settings(tables, by_kind)
    return with_settings if len(set(with_settings)) == len(with_settings) else run_names(tables)


def short_labels(tables: Sequence[RunTable], most: int) -> tuple[str, ...]:
    """Return the line labels; where one is longer than `most` characters, strategies with a number instead."""
    labels = line_labels(tables)
    if max(map(len, labels), default=0) <= most:
        return labels
    return tuple(f"#{place} {table.spec.strategy}" for place, table in enumerate(tables, start=1))


def model_name(model: str) -> str:
    """Return a model's name without its provider and folders."""
    return model.rstrip("/").rsplit("/", 1)[-1] or model


def _with_settings(tables: Sequence[RunTable], kinds: Sequence[str]) -> tuple[str, ...]:
    """Return each run's kind with the identity settings in which it differs from the first run of that kind."""
    first: dict[str, dict[str, object]] = {}
    labels: list[str] = []
    for table, kind in zip(tables, kinds, strict=True):
        own = identity(table.spec)
        base = first.setdefault(kind, own)
        changed = [
            f"{name.removeprefix('option ').removeprefix('extra ')}={own.get(name)}".lower()
            for name in {**base, **own}
            if own.get(name) != base.get(name)
        ]
        labels.append(" ".join([kind, *changed]))
    return tuple(labels)


def _tell_apart(*candidates: Sequence[str]) -> tuple[str, ...]:
    for names in candidates:
        if len(set(names)) == len(names):
            return tuple(names)
    return tuple(f"{name} #{place}" for place, name in enumerate(candidates[-1], start=1))
