"""The replies of the simulated model: draws from its latent ideas, put into words and programs with marks."""

from __future__ import annotations

import random
from dataclasses import dataclass

from cotbench.backends.simulated.asking import Asked
from cotbench.backends.simulated.marks import Mark, write_mark, write_program_mark
from cotbench.latent.ideas import Ideas, Logs, in_random_order, shares
from cotbench.latent.problems import LatentProblem
from cotbench.latent.programs import Made, program, way

_ASSERTS = 5
_LARGEST_INPUT = 99
_TOLD = (
    "There are {b} and then {a} times x more.",
    "Begin with {b}; x is added {a} times.",
    "Of {a} boxes each holds x marbles, and {b} marbles lie beside them.",
    "A ride costs {b} coins and x coins for each of {a} miles.",
)
_RETURNED = ("returns the sum for a", "takes and gives back how much that is for a", "computes the total for every")
STATEMENTS = len(_TOLD) * len(_RETURNED)
"""In how many other wordings a problem can be told."""


@dataclass(frozen=True, slots=True)
class Draw:
    """One reply in the making: what is asked about which problem, what the model has in mind, and its randomness."""

    asked: Asked
    problem: LatentProblem
    ideas: Ideas
    temperature: float
    rng: random.Random

    def reply(self) -> str:
        """Return the reply to anything but a structure."""
        wanted = self.asked.wanted
        if wanted == "program":
            if self.garbled():
                return f"I would {way(self._for_program())}."
            code, idea = self.program()
            return f"{self.thought(idea)}\n\n{self._block(code)}" if self.asked.reasoned else self._block(code)
        if wanted == "asserts":
            return self._block("".join(f"{line}\n" for line in self.asserts(_ASSERTS)))
        if wanted == "statement":
            return self.statement(self.rng.randrange(STATEMENTS))
        if wanted == "steps":
            return f"1. Take x as it is given.\n2. {self.thought(self.thought_of())}\n3. Return what comes out."
        if wanted == "flaw":
            return self.flaw()
        if wanted == "verdict":
            return self.asked.words[0 if self.claim() else 1]
        if wanted == "choice":
            return self.asked.words[0 if self.first_is_better() else 1]
        if wanted == "score":
            low, high = map(int, self.asked.words)
            return str(round(low + self.score() * (high - low)))
        return self.thought(self.thought_of())

    def garbled(self) -> bool:
        """Return whether this reply is unreadable."""
        return self.rng.random() < self.ideas.model.garble

    def thought_of(self) -> int:
        """Return the idea of a thought: the one that it builds on, else a draw tilted by the observations."""
        about = self.asked.last("idea", "program")
        if about is not None and not self.asked.excluded:
            return about.idea
        return self._one(self.ideas.thought(self.temperature, self.asked.hints, self.asked.excluded))

    def listed(self, count: int) -> list[int]:
        """Return up to `count` different ideas, drawn without replacement from those that are not excluded."""
        return self._several(self.ideas.thought(self.temperature, self.asked.hints, self.asked.excluded), count)

    def observed(self, count: int) -> list[int]:
        """Return up to `count` ideas to point at; those observed already come again only if all are."""
        return self._several(self.ideas.observed(self.temperature, self.asked.hints), count)

    def thought(self, idea: int) -> str:
        """Return an idea in words."""
        return f"{write_mark('idea', idea, self.problem.name)} The way is to {way(idea)}."

    def hint(self, idea: int) -> str:
        """Return an observation that points at an idea."""
        return f"{write_mark('hint', idea, self.problem.name)} One can {way(idea)}."

    def flaw(self) -> str:
        """Return a critique of the idea that the request is about."""
        about = self.asked.last("idea", "program", "flaw")
        idea = about.idea if about is not None else self.thought_of()
        case = self.rng.randint(1, _LARGEST_INPUT)
        return f"{write_mark('flaw', idea, self.problem.name)} To {way(idea)} goes astray, say for x = {case}."

    def statement(self, wording: int) -> str:
        """Return the problem in one of the STATEMENTS other wordings."""
        told = _TOLD[wording % len(_TOLD)].format(a=self.problem.factor, b=self.problem.start)
        wanted = _RETURNED[wording // len(_TOLD)]
        return f"Problem {self.problem.name}. {told} The function `{self.problem.entry}(x)` {wanted} whole number x."

    def program(self) -> tuple[str, int]:
        """Return a program for the idea that the request builds on, right with its success rate, and that idea."""
        idea = self._for_program()
        model = self.ideas.model
        right = self.rng.random() < self.ideas.rates[idea - 1]
        fault = 0 if right else self.rng.randint(1, model.faults)
        made = Made(idea, fault, self.rng.randrange(model.styles))
        accepted = not right and self.ideas.accepted[idea - 1][fault - 1]
        return program(self.problem, made, accepted=accepted, mark=write_program_mark(made, self.problem.name)), idea

    def asserts(self, count: int) -> list[str]:
        """Return assertions about the function; each expects the right output with chance `judge`."""
        return [f"assert {self.problem.entry}({x}) == {expected}" for x, expected in self.cases(count)]

    def cases(self, count: int) -> list[tuple[int, int]]:
        """Return inputs and the outputs that the model expects; each is right with chance `judge`."""
        inputs = self.rng.sample(range(1, _LARGEST_INPUT + 1), min(count, _LARGEST_INPUT))
        return [(x, self.problem.right(x) + (not self._judged())) for x in inputs]

    def claim(self) -> bool:
        """Return a verdict: whether two thoughts or programs are of the same idea, or whether a single one is good.

        Of more than two the first and the last are compared, so that each may come with its summary. It is the truth
        with chance `judge`.
        """
        marks = [mark for mark in self.asked.marks if mark.kind != "hint"]
        truth = bool(marks) and (marks[0].idea == marks[-1].idea if len(marks) > 1 else self.quality(marks[-1]) >= 0.5)
        return truth == self._judged()

    def first_is_better(self) -> bool:
        """Return which of the last two thoughts or programs is better, by chance if neither is; right as `claim` is."""
        first, second = (self.quality(mark) for mark in self.asked.marks[-2:]) if len(self.asked.marks) > 1 else (0, 0)
        truth = self.rng.random() < 0.5 if first == second else first > second
        return truth == self._judged()

    def score(self) -> float:
        """Return how good the last thought or program is, from 0 to 1; upside down with chance 1 − `judge`."""
        marks = [mark for mark in self.asked.marks if mark.kind != "hint"]
        quality = self.quality(marks[-1]) if marks else 0.5
        return quality if self._judged() else 1 - quality

    def quality(self, mark: Mark) -> float:
        """Return the chance that a program of this mark is right; 0 or 1 for a program itself."""
        return float(mark.made.right) if mark.made is not None else self.ideas.rates[mark.idea - 1]

    def weight(self, idea: int) -> float:
        """Return how likely the model is to come up with an idea in words."""
        return shares(self.ideas.thought(self.temperature))[idea - 1]

    def _for_program(self) -> int:
        about = self.asked.last("idea", "program", "flaw")
        model = self.ideas.model
        if about is None:
            return self._one(self.ideas.plain(self.temperature, self.asked.hints))
        if about.kind == "idea":
            followed = self.rng.random() < model.follow
            return about.idea if followed else self._one(self.ideas.plain(self.temperature))
        if self.rng.random() < model.switch:
            return self._one(self.ideas.plain(self.temperature, without={about.idea}))
        return about.idea

    def _judged(self) -> bool:
        return self.rng.random() < self.ideas.model.judge

    def _one(self, logs: Logs) -> int:
        return in_random_order(logs, self.rng)[0]

    def _several(self, logs: Logs, count: int) -> list[int]:
        return in_random_order(logs, self.rng)[:count]

    def _block(self, code: str) -> str:
        return f"```python\n{code}```"
