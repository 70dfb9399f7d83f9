"""What one simulated model does on one problem, in closed form: chances of single programs, lists, trees, repairs."""

from __future__ import annotations

import functools
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

from cotbench.latent import exact
from cotbench.latent.ideas import Ideas, Logs, shares
from cotbench.latent.programs import Made


@dataclass(frozen=True, slots=True)
class Mind:
    """One problem's ideas and the temperature of the requests. Chances are of programs passing the hidden cases."""

    ideas: Ideas
    temperature: float

    @property
    def plain(self) -> float:
        """The chance of a program written straight away: p = Σ w_i q_i, w to the power 1/T."""
        return self._readable * self._mean(self.ideas.plain(self.temperature), self.ideas.rates)

    @property
    def by_idea(self) -> float:
        """The chance of a program that follows one idea asked for in words (IdeaSearch)."""
        return self._readable * self._mean(self.ideas.thought(self.temperature), self.given_idea)

    @property
    def given_idea(self) -> tuple[float, ...]:
        """The chance, for each idea, of a readable program that was asked to follow it: f q_i + (1 − f) p."""
        follow = self.ideas.model.follow
        astray = self._mean(self.ideas.plain(self.temperature), self.ideas.rates)
        return tuple(follow * rate + (1 - follow) * astray for rate in self.ideas.rates)

    def accepted_wrong(self) -> float:
        """Return the chance that a program written straight away is wrong and accepted by the public cases."""
        weights = shares(self.ideas.plain(self.temperature))
        return self._readable * math.fsum(
            weight * (1 - rate) * self.ideas.share_accepted(idea)
            for idea, (weight, rate) in enumerate(zip(weights, self.ideas.rates, strict=True), start=1)
        )

    def list_law(self, size: int) -> list[float]:
        """Return the law of the number of right programs among those of a list's first `size` ideas, one each."""
        law = [0.0] * (min(size, len(self.ideas.rates)) + 1)
        for mask, chance in exact.list_sets(self.ideas.thought(self.temperature), size).items():
            right = exact.number_right(self.given_idea[idea - 1] for idea in exact.members(mask))
            law = [known + chance * part for known, part in zip(law, right, strict=True)]
        return law

    def tree(self, attempts: int, k: int, observations: int, subset: int, *, critique: bool) -> float:
        """Return pass@k of a PlanSearch tree of depth 1; see `exact.tree_pass_at_k`.

        Given the observations H the node of a subset S fails with chance 1 − Σ w_i(S) q_i, w(S) tilted by S. With
        `critique` a node has a second program, of another idea than the first.
        """
        total = 0.0
        node = functools.cache(lambda hints: self._node(hints, critique))
        for mask, chance in exact.list_sets(self.ideas.observed(self.temperature), observations).items():
            found = exact.members(mask)
            nodes = [node(hints) for size in range(subset + 1) for hints in combinations(found, size)]
            total += chance * exact.tree_pass_at_k(nodes, attempts, k)
        return total

    def repaired(self, rounds: int) -> float:
        """Return the chance that the last of 1 + `rounds` programs is right, each repaired while the public cases fail.

        A repair keeps the idea with chance 1 − `switch` and else takes another one in proportion to the weights.
        """
        rates, switch = self.ideas.rates, self.ideas.model.switch
        logs = self.ideas.plain(self.temperature)
        at = list(shares(logs))
        right = 0.0
        for repairs in range(rounds + 1):
            right += math.fsum(chance * rate for chance, rate in zip(at, rates, strict=True))
            if repairs == rounds:
                break
            refused = [
                chance * (1 - rate) * (1 - self.ideas.share_accepted(idea))
                for idea, (chance, rate) in enumerate(zip(at, rates, strict=True), start=1)
            ]
            at = [(1 - switch) * chance for chance in refused]
            for idea, chance in enumerate(refused, start=1):
                others = shares(self.ideas.plain(self.temperature, without={idea}))
                at = [known + switch * chance * share for known, share in zip(at, others, strict=True)]
        return right

    def variances(self) -> tuple[float, float]:
        """Return the variance of success between ideas asked for in words, and the mean variance within one."""
        weights, rates = shares(self.ideas.thought(self.temperature)), self.given_idea
        mean = math.fsum(weight * rate for weight, rate in zip(weights, rates, strict=True))
        between = math.fsum(weight * (rate - mean) ** 2 for weight, rate in zip(weights, rates, strict=True))
        return between, math.fsum(weight * rate * (1 - rate) for weight, rate in zip(weights, rates, strict=True))

    def idea_chances(self) -> tuple[float, ...]:
        """Return how likely a program written straight away is to be of each idea."""
        return shares(self.ideas.plain(self.temperature))

    def behaviour_chances(self) -> dict[tuple[int, int], float]:
        """Return how likely each behaviour is for a readable program written straight away; see `Made.behaviour`."""
        faults = self.ideas.model.faults
        chances: dict[tuple[int, int], float] = {}
        for idea, (weight, rate) in enumerate(zip(self.idea_chances(), self.ideas.rates, strict=True), start=1):
            for fault in range(faults + 1):
                chance = weight * (rate if fault == 0 else (1 - rate) / faults)
                behaviour = Made(idea, fault).behaviour
                chances[behaviour] = chances.get(behaviour, 0.0) + chance
        return chances

    @property
    def _readable(self) -> float:
        return 1 - self.ideas.model.garble

    def _mean(self, logs: Logs, values: Sequence[float]) -> float:
        return math.fsum(share * value for share, value in zip(shares(logs), values, strict=True))

    def _node(self, hints: Collection[int], critique: bool) -> list[float]:
        fails = [1 - rate for rate in self.given_idea]
        weights = shares(self.ideas.thought(self.temperature, hints))
        if not critique:
            return [1.0, math.fsum(weight * fail for weight, fail in zip(weights, fails, strict=True))]
        first = second = both = 0.0
        for idea, (weight, fail) in enumerate(zip(weights, fails, strict=True), start=1):
            fixed = self._mean(self.ideas.thought(self.temperature, without={idea}), fails)
            first, second, both = first + weight * fail, second + weight * fixed, both + weight * fail * fixed
        return [1.0, first + second, both]
