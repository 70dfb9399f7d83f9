"""Lists of inputs to watch programs on: those of a problem's public cases, and seeded mutations of them.

No model is asked and no expected output is kept. Mutation goes by type, as EvalPlus's does (Liu et al. 2023, section
3.1): numbers move, texts and containers lose, repeat, swap or exchange parts, arguments are taken from other cases.
Standard input is mutated word by word; a word that counts what follows is left alone, so that the form stays right.
Nothing says that a mutated input is one that the statement allows: what programs do on it can tell them apart all the
same, and errors are behaviours like others.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from cotbench.core.ids import digest, seeded
from cotbench.core.problem import UNKNOWN, CallCase, Case, ProblemView, StdinCase
from cotbench.engine.mutation import mutated_arguments, mutated_text
from cotbench.grading.behaviour import FORM, input_text
from cotbench.grading.inside.encoding import NotPlain, TooLarge, encode

GENERATED = 20
"""How many generated inputs programs are watched on by default, beside the public ones."""

_MOST_BYTES = 1 << 20
_TRIES = 20

InputCase: TypeAlias = CallCase | StdinCase
"""A case of which only the input is known: the expected output is UNKNOWN, or an empty text."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Inputs of one problem, in order, the first `public` of them from its public cases; `digest` names the list."""

    problem: str
    cases: tuple[InputCase, ...]
    public: int
    digest: str

    @classmethod
    def of(cls, problem: str, cases: Iterable[InputCase], public: int = 0) -> Inputs:
        """Return a list of inputs, each once. Raises ValueError for arguments that are not plain data."""
        kept = {_text(case): case for case in cases}
        return cls(problem, tuple(kept.values()), min(public, len(kept)), digest([FORM, *kept]))


def watched_inputs(view: ProblemView, seed: int, generated: int = GENERATED) -> Inputs:
    """Return the public inputs of a problem and `generated` mutations of them, fewer if no more can be found.

    The list is empty if the problem has no public cases, or only test programs, which have no inputs. It depends on
    the view, the seed and the number, and a shorter list is the beginning of a longer one.
    """
    public: dict[str, InputCase] = {}
    for case in view.public:
        bare = without_output(case)
        if bare is not None:
            public.setdefault(_text(bare), bare)
    known = dict(public)
    rng = seeded("inputs", seed, view.id)
    parents = list(public.values())
    for _ in range(_TRIES * generated if parents else 0):
        if len(known) == len(public) + generated:
            break
        case = _mutated(parents, rng)
        try:
            known.setdefault(_text(case), case)
        except ValueError:
            continue
    return Inputs.of(view.id, known.values(), len(public))


def distinct_inputs(problem: str, cases: Sequence[Case]) -> tuple[Inputs, tuple[int | None, ...]]:
    """Return the inputs of cases, each once, and for each case its place among them.

    The place is None where a case has no input that can be given to a program.
    """
    texts: list[str | None] = []
    known: dict[str, InputCase] = {}
    for case in map(without_output, cases):
        try:
            text = None if case is None else _text(case)
        except ValueError:
            text = None
        texts.append(text)
        if case is not None and text is not None:
            known.setdefault(text, case)
    places = {text: place for place, text in enumerate(known)}
    return Inputs.of(problem, known.values()), tuple(None if text is None else places[text] for text in texts)


def without_output(case: Case) -> InputCase | None:
    """Return a case without its expected output; None for a test program."""
    if isinstance(case, CallCase):
        return CallCase(case.arguments, UNKNOWN)
    if isinstance(case, StdinCase):
        return StdinCase(case.stdin, "")
    return None


def _mutated(parents: Sequence[InputCase], rng: random.Random) -> InputCase:
    parent = rng.choice(parents)
    if isinstance(parent, StdinCase):
        others = [case.stdin for case in parents if isinstance(case, StdinCase)]
        return StdinCase(mutated_text(parent.stdin, others, rng), "")
    arguments = [case.arguments for case in parents if isinstance(case, CallCase)]
    return CallCase(mutated_arguments(parent.arguments, arguments, rng), UNKNOWN)


def _text(case: InputCase) -> str:
    """Return an input as a text that no other input has. Raises ValueError if it is not plain data or too large."""
    if isinstance(case, StdinCase):
        if len(case.stdin) > _MOST_BYTES:
            raise ValueError("an input is too large")
        return f"stdin {case.stdin}"
    try:
        encode(list(case.arguments), _MOST_BYTES, strict=True)
        return f"call {input_text(case.arguments)}"
    except (NotPlain, TooLarge, RecursionError):
        raise ValueError("an input is not plain data, or too large") from None
