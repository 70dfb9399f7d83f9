"""What selectors achieve on a run: n@k beside what nobody chooses (pass@n) and what an oracle would (pass@k).

Every number is over the same problems: those for which all of the selectors have a row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from cotbench.stats.intervals import Interval, mean_interval
from cotbench.stats.selection import selection_efficiency
from cotbench.store.selections import SelectionRow

FLOOR, CEILING = "first", "oracle"


@dataclass(frozen=True, slots=True)
class SelectorLine:
    """One selector at one k, over `problems` problems. `gain` is the share of what the oracle gains over `first`.

    `draws` is 0 where the rate is exact for each problem; `gain` is None where the oracle gains nothing.
    """

    selector: str
    n: int
    k: int
    rate: float
    interval: Interval
    gain: float | None
    draws: int
    problems: int

    def to_plain(self) -> dict[str, object]:
        """Return the line as plain data."""
        return asdict(self)


def selector_lines(
    rows: Mapping[str, Mapping[int, Sequence[SelectionRow]]], *, seed: int = 0, confidence: float = 0.95
) -> tuple[SelectorLine, ...]:
    """Return a line for each k and selector, from rows by selector and k; `first` and `oracle` must be among them.

    A k for which there is no common problem has no line.
    """
    lines: list[SelectorLine] = []
    for k in rows[FLOOR]:
        found = {name: {row.problem: row for row in of.get(k, ())} for name, of in rows.items()}
        common = [name for name in found[FLOOR] if all(name in by for by in found.values())]
        if not common:
            continue
        rates = {name: np.array([by[problem].rate for problem in common]) for name, by in found.items()}
        floor, ceiling = float(rates[FLOOR].mean()), float(rates[CEILING].mean())
        for name, values in rates.items():
            one = found[name][common[0]]
            lines.append(
                SelectorLine(
                    selector=name,
                    n=one.n,
                    k=k,
                    rate=float(values.mean()),
                    interval=mean_interval(values, seed=seed, confidence=confidence),
                    gain=selection_efficiency(float(values.mean()), floor, ceiling),
                    draws=one.draws,
                    problems=len(common),
                )
            )
    return tuple(lines)
