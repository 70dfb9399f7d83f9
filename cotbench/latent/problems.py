"""The generated problems: their names, what they ask for, and the inputs of their cases.

All of a problem follows from its name `latent/SEED/NUMBER`, so that a benchmark and a simulated model agree on it
without sharing anything else. A problem asks for a linear function, which costs almost nothing to judge.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cotbench.core.ids import seeded

PUBLIC_MOST = 9
"""Public inputs lie in 1 … PUBLIC_MOST, hidden ones above: a program can be wrong on the hidden cases alone."""

_HIDDEN_MOST = 99
_HIDDEN_CASES = 2
NAME = re.compile(r"\blatent/(\d{1,10})/(\d{1,5})\b")
_ENTRY = re.compile(r"\blatent_(\d{1,10})_(\d{1,5})\b")


@dataclass(frozen=True, slots=True)
class LatentProblem:
    """One generated problem: return `factor` · x + `start`; `public` and `hidden` are the inputs of its cases."""

    seed: int
    number: int
    factor: int
    start: int
    public: tuple[int, ...]
    hidden: tuple[int, ...]

    @property
    def name(self) -> str:
        """`latent/SEED/NUMBER`, the problem's id."""
        return f"latent/{self.seed}/{self.number:03d}"

    @property
    def entry(self) -> str:
        """The name of the function that is asked for."""
        return f"latent_{self.seed}_{self.number:03d}"

    def right(self, x: int) -> int:
        """Return the right answer."""
        return self.factor * x + self.start


def latent_problem(seed: int, number: int) -> LatentProblem:
    """Return the problem of that name."""
    rng = seeded("latent problem", seed, number)
    return LatentProblem(
        seed=seed,
        number=number,
        factor=rng.randint(3, 9),
        start=rng.randint(1, 99),
        public=(rng.randint(1, PUBLIC_MOST),),
        hidden=tuple(rng.sample(range(PUBLIC_MOST + 1, _HIDDEN_MOST + 1), _HIDDEN_CASES)),
    )


def named_last(text: str) -> LatentProblem | None:
    """Return the problem that a text names last, by its id or by its function, or None if it names none."""
    found = [match for pattern in (NAME, _ENTRY) for match in pattern.finditer(text)]
    if not found:
        return None
    last = max(found, key=lambda match: match.start())
    return latent_problem(int(last.group(1)), int(last.group(2)))
