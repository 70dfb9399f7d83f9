"""The table of all attacks, one module per class."""

from __future__ import annotations

from attack import Attack, named

from attacks import (
    channel,
    exits,
    files,
    hogs,
    hooks,
    leftovers,
    neighbours,
    network,
    numbers,
    processes,
    source,
    spies,
    values,
)

ALL: dict[str, Attack] = named(
    attack
    for module in (
        values,
        numbers,
        exits,
        spies,
        channel,
        hooks,
        hogs,
        leftovers,
        files,
        network,
        processes,
        neighbours,
        source,
    )
    for attack in module.ATTACKS
)
