"""The truth about tiny models by enumeration: every sequence of events is written out, and nothing is shortened."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

from cotbench.latent.ideas import Ideas


def powers(ideas: Ideas, exponent: float, hints: Sequence[int] = (), without: Sequence[int] = ()) -> list[float]:
    """Return weights to a power, tilted and cut, as probabilities; ideas are numbered from 0 here."""
    raw = [math.exp(log) ** exponent for log in ideas.logs]
    raw = [w * (ideas.model.tilt if i in hints else 1) * (i not in without) for i, w in enumerate(raw)]
    return [w / sum(raw) for w in raw]


def estimate(passed: Sequence[bool], k: int) -> float:
    """Return pass@k by its meaning: the share of all choices of k attempts that hold one that passed."""
    choices = list(itertools.combinations(passed, k))
    return sum(any(choice) for choice in choices) / len(choices)


def coins(chances: Sequence[float]) -> Iterator[tuple[float, tuple[bool, ...]]]:
    """Yield every outcome of independent trials and its chance."""
    for outcome in itertools.product((True, False), repeat=len(chances)):
        yield math.prod(p if hit else 1 - p for p, hit in zip(chances, outcome, strict=True)), outcome


def orders(shares: Sequence[float], size: int) -> Iterator[tuple[float, tuple[int, ...]]]:
    """Yield every ordered draw of `size` items without replacement and its chance."""
    for order in itertools.permutations(range(len(shares)), size):
        chance, left = 1.0, 1.0
        for item in order:
            chance *= shares[item] / left
            left -= shares[item]
        yield chance, order


def plain(ideas: Ideas, heat: float) -> float:
    return sum(w * q for w, q in zip(powers(ideas, heat), ideas.rates, strict=True))


def coded(ideas: Ideas, heat: float) -> list[float]:
    """Return the chance that the program asked for by each idea is right."""
    follow = ideas.model.follow
    return [follow * q + (1 - follow) * plain(ideas, heat) for q in ideas.rates]


def independent(chance: float, attempts: int, k: int) -> float:
    return sum(p * estimate(outcome, k) for p, outcome in coins([chance] * attempts))


def listed(ideas: Ideas, heat: float, size: int, attempts: int, k: int) -> float:
    right = coded(ideas, heat)
    shares = powers(ideas, heat * ideas.model.flatten)
    sizes = [size] * (attempts // size) + [attempts % size] * (attempts % size > 0)
    total = 0.0
    for lists in itertools.product(*(list(orders(shares, length)) for length in sizes)):
        chance = math.prod(p for p, _ in lists)
        drawn = [right[idea] for _, order in lists for idea in order]
        total += chance * sum(p * estimate(outcome, k) for p, outcome in coins(drawn))
    return total


def tree(ideas: Ideas, heat: float, observations: int, subset: int, attempts: int, k: int, critique: bool) -> float:
    """Go through every list of observations, order of the nodes, and outcome of every program."""
    total = 0.0
    flat = heat * ideas.model.flatten
    right = coded(ideas, heat)
    for chance, found in orders(powers(ideas, heat * ideas.model.insight), observations):
        nodes = [hints for size in range(subset + 1) for hints in itertools.combinations(sorted(found), size)]
        laws = {hints: _node(ideas, flat, hints, right, critique) for hints in nodes}
        shuffles = list(itertools.permutations(nodes))
        for shuffle in shuffles:
            used = list(itertools.islice(itertools.cycle(shuffle), -(-attempts // (1 + critique))))
            for outcomes in itertools.product(*(laws[hints] for hints in used)):
                passed = [hit for _, hits in outcomes for hit in hits][:attempts]
                total += chance / len(shuffles) * math.prod(p for p, _ in outcomes) * estimate(passed, k)
    return total


def _node(
    ideas: Ideas, flat: float, hints: Sequence[int], right: Sequence[float], critique: bool
) -> list[tuple[float, tuple[bool, ...]]]:
    law: dict[tuple[bool, ...], float] = {}
    for first, chance in enumerate(powers(ideas, flat, hints)):
        fixes = enumerate(powers(ideas, flat, (), (first,))) if critique else [(None, 1.0)]
        for second, share in fixes:
            chances = [right[first]] if second is None else [right[first], right[second]]
            for p, outcome in coins(chances):
                law[outcome] = law.get(outcome, 0.0) + chance * share * p
    return [(p, outcome) for outcome, p in law.items()]


def selected(ideas: Ideas, heat: float, k: int, n: int) -> float:
    """Draw k programs in order, put those that the public cases accept first, submit n."""
    kinds: dict[str, float] = {"right": plain(ideas, heat), "accepted": 0.0, "refused": 0.0}
    for weight, rate, accepted in zip(powers(ideas, heat), ideas.rates, ideas.accepted, strict=True):
        for flag in accepted:
            kinds["accepted" if flag else "refused"] += weight * (1 - rate) / len(accepted)
    total = 0.0
    for draw in itertools.product(kinds, repeat=k):
        submitted = sorted(draw, key=lambda kind: kind == "refused")[:n]
        total += math.prod(kinds[kind] for kind in draw) * ("right" in submitted)
    return total


def repaired(ideas: Ideas, heat: float, rounds: int) -> float:
    def right_at_last(idea: int, left: int) -> float:
        rate, accepted, switch = ideas.rates[idea], ideas.accepted[idea], ideas.model.switch
        total = rate
        for flag in accepted:
            if not flag and left:
                others = powers(ideas, heat, (), (idea,))
                again = (1 - switch) * right_at_last(idea, left - 1) + switch * sum(
                    share * right_at_last(other, left - 1) for other, share in enumerate(others) if share
                )
                total += (1 - rate) / len(accepted) * again
        return total

    return sum(share * right_at_last(idea, rounds) for idea, share in enumerate(powers(ideas, heat)))


def behaviours(ideas: Ideas, heat: float) -> dict[str, float]:
    chances: dict[str, float] = {}
    for idea, (weight, rate) in enumerate(zip(powers(ideas, heat), ideas.rates, strict=True)):
        chances["right"] = chances.get("right", 0.0) + weight * rate
        for fault in range(ideas.model.faults):
            chances[f"{idea}.{fault}"] = weight * (1 - rate) / ideas.model.faults
    return chances
