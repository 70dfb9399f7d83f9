"""The truth about a simulated model on generated problems: what every estimator of the tool should come out at.

    truth = Truth.of("sim/latent?seed=2", "latent?problems=60", temperature=0.8)
    truth.repeated(5), truth.plansearch(5, attempts=7)

Every number is the mean over the problems of an exact expectation over the model's draws. It is not random, and no
program is run for it. docs/simulated.md has the formulas.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from cotbench.latent import exact
from cotbench.latent.ideas import ideas_for
from cotbench.latent.mind import Mind
from cotbench.latent.parameters import benchmark_parameters, model_parameters
from cotbench.latent.problems import latent_problem


@dataclass(frozen=True, slots=True)
class Truth:
    """Closed forms for one model, one benchmark and one temperature above 0; `minds` has one entry per problem."""

    minds: tuple[Mind, ...]

    @classmethod
    def of(cls, model: str, benchmark: str, *, temperature: float) -> Truth:
        """Return the truth for two names. Raises ConfigurationError for a name that is wrong, ValueError at 0.

        At temperature 0 all draws of a prompt are the same, and nothing here holds.
        """
        if temperature <= 0:
            raise ValueError("the closed forms are for independent draws: the temperature must be above 0")
        parameters, problems = model_parameters(model), benchmark_parameters(benchmark)
        found = (latent_problem(problems.seed, number) for number in range(problems.problems))
        return cls(tuple(Mind(ideas_for(parameters, problem), temperature) for problem in found))

    def repeated(self, k: int) -> float:
        """Return pass@k of repeated sampling: the mean of 1 − (1 − p)^k."""
        return self._mean(lambda mind: _at_least_one(mind.plain, k))

    def ideasearch(self, k: int) -> float:
        """Return pass@k of IdeaSearch with one idea for each program: the mean of 1 − (1 − p')^k."""
        return self._mean(lambda mind: _at_least_one(mind.by_idea, k))

    def listed(self, k: int, *, attempts: int, ideas_per_list: int = 5) -> float:
        """Return pass@k of IdeaSearch with lists of ideas, of which the last may be used in part.

        Programs of one list are of different ideas; those of two lists are independent. Raises ValueError for
        k > attempts, or if lists can be unreadable (`garble`).
        """
        self._refuse_garbled("lists")

        def one(mind: Mind) -> float:
            size = min(ideas_per_list, len(mind.ideas.rates))
            whole, rest = divmod(attempts, size)
            law, full = mind.list_law(rest), mind.list_law(size)
            for _ in range(whole):
                law = exact.times(law, full)
            return exact.pass_at_k(law, k)

        return self._mean(one)

    def plansearch(
        self, k: int, *, attempts: int, observations: int = 3, subset_size: int = 2, critique: bool = False
    ) -> float:
        """Return pass@k of a PlanSearch tree of depth 1, with or without pseudocode.

        Raises ValueError for k > attempts, if lists can be unreadable, or if `critique` is on and attempts is odd.
        """
        self._refuse_garbled("trees")
        return self._mean(lambda mind: mind.tree(attempts, k, observations, subset_size, critique=critique))

    def repaired(self, rounds: int) -> float:
        """Return the chance that a program is right after at most `rounds` repairs, made while public cases fail.

        Raises ValueError if programs can be unreadable (`garble`).
        """
        self._refuse_garbled("repairs")
        return self._mean(lambda mind: mind.repaired(rounds))

    def selected(self, k: int, n: int = 1) -> float:
        """Return n@k of repeated sampling where those that pass the public cases are submitted first.

        Raises ValueError for n > k.
        """
        return self._mean(lambda mind: exact.chosen(k, n, mind.plain, mind.accepted_wrong()))

    def public_pass_rate(self) -> float:
        """Return the chance that a program of repeated sampling passes the public cases."""
        return self._mean(lambda mind: mind.plain + mind.accepted_wrong())

    def intraclass_correlation(self) -> float:
        """Return the share of the variance of success inside a problem that lies between ideas asked for in words.

        Mean over problems of Var(q_i), divided by the mean of Var(q_i) + E[q_i (1 − q_i)]: what a one-way analysis of
        variance, pooled over problems, estimates. Undefined (nan) if no program's success is open.
        """
        parts = [mind.variances() for mind in self.minds]
        between, within = math.fsum(part[0] for part in parts), math.fsum(part[1] for part in parts)
        return between / (between + within) if between + within > 0 else math.nan

    def idea_diversity(self) -> float:
        """Return the chance that two programs of repeated sampling are of different ideas: the mean of 1 − Σ w_i²."""
        return self._mean(lambda mind: 1 - math.fsum(chance**2 for chance in mind.idea_chances()))

    def behaviour_diversity(self) -> float:
        """Return the chance that two programs of repeated sampling behave differently on the hidden cases."""
        return self._mean(lambda mind: 1 - math.fsum(chance**2 for chance in mind.behaviour_chances().values()))

    def behaviours(self, draws: int) -> float:
        """Return the expected number of different behaviours among so many programs of repeated sampling."""
        return self._mean(
            lambda mind: math.fsum(_at_least_one(chance, draws) for chance in mind.behaviour_chances().values())
        )

    def _mean(self, of: Callable[[Mind], float]) -> float:
        return math.fsum(map(of, self.minds)) / len(self.minds)

    def _refuse_garbled(self, what: str) -> None:
        if any(mind.ideas.model.garble for mind in self.minds):
            raise ValueError(f"there is no closed form for {what} of a model that garbles")


def _at_least_one(chance: float, draws: int) -> float:
    if draws < 1:
        raise ValueError(f"{draws} draws: at least 1")
    return 1 - (1 - chance) ** draws
