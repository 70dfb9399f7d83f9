"""What a simulated model has in mind for one problem: its ideas, their weights and success rates.

All weights are kept as logarithms and drawn from by the Gumbel rule: the largest of log w + Gumbel noise is a draw in
proportion to w, and the order of all of them is a draw without replacement (Plackett 1975; Yellott 1977).
"""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from cotbench.core.ids import seeded
from cotbench.latent.parameters import ModelParameters
from cotbench.latent.problems import LatentProblem

Logs = tuple[float, ...]

_COLDEST = 1e-6
_SMALLEST = 1e-300


@dataclass(frozen=True, slots=True)
class Ideas:
    """The ideas of one model for one problem, numbered from 1; entry i - 1 of every tuple belongs to idea i.

    `logs` are the logarithms of the ideas' weights, `rates` their success rates, `accepted` says for each of their
    kinds of wrong programs whether the public cases accept it.
    """

    model: ModelParameters
    logs: Logs
    rates: tuple[float, ...]
    accepted: tuple[tuple[bool, ...], ...]

    def plain(self, temperature: float, hints: Collection[int] = (), without: Collection[int] = ()) -> Logs:
        """Return the log weights with which a program is written straight away: w^(1/T), tilted by `hints`."""
        return self._weighed(1.0, temperature, hints, without)

    def thought(self, temperature: float, hints: Collection[int] = (), without: Collection[int] = ()) -> Logs:
        """Return the log weights of an idea asked for in words: w^(flatten/T), tilted by `hints`.

        Ideas of `without` are left out, unless that would leave none.
        """
        return self._weighed(self.model.flatten, temperature, hints, without)

    def observed(self, temperature: float, without: Collection[int] = ()) -> Logs:
        """Return the log weights of the ideas that an observation points at: w^(insight/T)."""
        return self._weighed(self.model.insight, temperature, (), without)

    def share_accepted(self, idea: int) -> float:
        """Return the share of an idea's wrong programs that the public cases accept."""
        kinds = self.accepted[idea - 1]
        return sum(kinds) / len(kinds)

    def _weighed(self, power: float, temperature: float, hints: Collection[int], without: Collection[int]) -> Logs:
        heat = power / max(temperature, _COLDEST)
        everything = set(without) >= set(range(1, len(self.logs) + 1))
        tilt = math.log(self.model.tilt)
        return tuple(
            -math.inf if idea in without and not everything else log * heat + (tilt if idea in hints else 0.0)
            for idea, log in enumerate(self.logs, start=1)
        )


def ideas_for(model: ModelParameters, problem: LatentProblem) -> Ideas:
    """Return what a model has in mind for a problem.

    The problem's mean success rate is Beta with mean `rate` and intraclass correlation `spread`; the ideas' rates are
    Beta around it with correlation `polarity`; the weights are Dirichlet(`alpha`) times exp(`taste` × rate).
    """
    rng = seeded("latent ideas", model.seed, problem.name)
    mean = _beta(rng, model.rate, model.spread)
    rates = tuple(_beta(rng, mean, model.polarity) for _ in range(model.ideas))
    gammas = [max(rng.gammavariate(model.alpha, 1.0), _SMALLEST) for _ in range(model.ideas)]
    logs = tuple(math.log(gamma) + model.taste * rate for gamma, rate in zip(gammas, rates, strict=True))
    accepted = tuple(tuple(rng.random() < model.accept for _ in range(model.faults)) for _ in range(model.ideas))
    return Ideas(model, logs, rates, accepted)


def shares(logs: Logs) -> tuple[float, ...]:
    """Return the probabilities that log weights stand for."""
    top = max(logs)
    powers = [math.exp(log - top) for log in logs]
    whole = math.fsum(powers)
    return tuple(power / whole for power in powers)


def in_random_order(logs: Sequence[float], rng: random.Random) -> list[int]:
    """Return the numbers (from 1) of all entries that can be drawn, in the order of a draw without replacement."""
    keys = {
        number: log - math.log(-math.log(_open(rng))) for number, log in enumerate(logs, start=1) if log > -math.inf
    }
    return sorted(keys, key=lambda number: -keys[number])


def _open(rng: random.Random) -> float:
    """Return a random number in (0, 1), both ends left out."""
    return max(rng.random(), _SMALLEST)


def _beta(rng: random.Random, mean: float, correlation: float) -> float:
    """Draw from the Beta law with that mean and variance mean · (1 − mean) · correlation, its limits included."""
    if correlation <= 0 or mean <= 0 or mean >= 1:
        return mean
    if correlation >= 1:
        return float(rng.random() < mean)
    size = 1 / correlation - 1
    return rng.betavariate(mean * size, (1 - mean) * size)
