"""Understanding a request: which problem it is about, what it wants, and which thoughts it builds on.

What is wanted is decided in this order, and not by the exact words of any prompt:

    a schema, or the word JSON                structure   filled field by field
    to rewrite … the problem, and no plan     statement   the problem in other words
    numbered steps, in words                  steps       a plan; the idea is in its second step
    a stop at a block of code                 thought     a text in words
    the complete function or program          program     a block that defines the function
    the word `assert`                         asserts     a block of assertions
    a block of code, code only                program
    "yes or no", "same or different"          verdict     the word that is true, for two ideas or programs or for one
    "A or B", "1 or 2", "first or second"     choice      the better of two programs or ideas
    a score or rating from 0 to 10            score       how good the last program or idea is
    anything else                             thought

The last message of the user says what is wanted; blocks of code in it are material and say nothing. What it builds on
are the marks (`marks`) of the last message that has any. A thought that builds on an idea or program is about the same
idea; it finds a flaw in it where faults are spoken of; and it is about another idea where something different is asked
for, where a way to solve the problem is asked for in spite of a fault, and after a flaw.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from cotbench.backends.simulated.marks import Mark, read_marks, without_marks
from cotbench.core.message import Request
from cotbench.latent.problems import LatentProblem, named_last

Wanted = Literal[
    "structure", "statement", "steps", "thought", "flaw", "asserts", "program", "verdict", "choice", "score"
]

_BLOCK = re.compile(r"^[ \t]*(`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t]*\1[ \t]*$|\Z)", re.S | re.M)
_JSON = re.compile(r"\bJSON\b")
_ASSERTS = re.compile(r"\bassert(?:s|ions?)?\b", re.I)
_REWRITE = re.compile(
    r"\b(?:rewrite|rephrase|reword|paraphrase|restate)(?:\s+\w+){0,3}\s+(?:problem|statement|task|question)\b"
    r"|\b(?:problem|statement|task|question)\s+in\s+(?:other|different|(?:your\s+)?own)\s+words\b",
    re.I,
)
_STEPS = re.compile(r"\bnumbered (?:list of )?steps\b", re.I)
_REASONED = re.compile(r"\bfirst (?:reason|explain|think)\b|\bin words first\b", re.I)
_COMPLETE = re.compile(r"\bcomplete (?:python )?(?:function|program)\b", re.I)
_CODE = re.compile(r"```|\bcode only\b|\bonly (?:the )?code\b", re.I)
_NO_CODE = re.compile(r"\b(?:no|not write any|without(?: any)?|do not write) code\b", re.I)
_FAULT = re.compile(
    r"\b(?:wrong|faults?|flaws?|fails?|failed|mistakes?|bugs?|criticis\w*|critique|weakness\w*|incorrect)\b", re.I
)
_OTHER = re.compile(
    r"\b(?:different|another|other than|others?|unlike|instead|without this|besides|avoid\w*|not among)\b", re.I
)
_SOLVE = re.compile(
    r"\b(?:write|make|give|describe|outline|devise|propose|sketch|find|think of)\s+(?:\w+\s+){0,3}"
    r"(?:plan|idea|way|approach|strategy|solution)\b(?!')"
    r"|\bhow (?:would|should|could|can|do) you (?:solve|do|fix|mend|avoid)\b",
    re.I,
)
_TRUE = r"yes|true|same|correct|accept"
_FALSE = r"no|false|different|incorrect|reject"
_OR = r"[\W_]*(?:\bor\b|/|,|\|)[\W_]*"
_VERDICT = re.compile(rf"\b({_TRUE}){_OR}({_FALSE})\b|\b({_FALSE}){_OR}({_TRUE})\b", re.I)
_CHOICE = re.compile(
    rf"\b(A|1|first|First){_OR}(?:the )?(B|2|second|Second)\b(?!\s+(?:words?|lines?|sentences?|steps?))"
)
_SCORE = re.compile(r"\b(?:scores?|rate|rating|grade)\b[^.?!]*?\b(\d+)\s*(?:to|and|-|–)\s*(\d+)\b", re.I)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it was understood. `marks` are what it builds on, `excluded` the ideas that it does not want.

    `problem` is None where no generated problem is named. `words` are the two answers that a verdict (the true one
    first) or a choice is between, or the ends of a score; `text` is the instruction without blocks of code.
    """

    problem: LatentProblem | None
    wanted: Wanted
    marks: tuple[Mark, ...]
    excluded: frozenset[int]
    words: tuple[str, str]
    text: str

    @property
    def reasoned(self) -> bool:
        """Whether a program is to come after the reasoning that leads to it."""
        return _REASONED.search(self.text) is not None

    @property
    def hints(self) -> frozenset[int]:
        """The ideas that the observations point at."""
        return frozenset(mark.idea for mark in self.marks if mark.kind == "hint")

    def last(self, *kinds: str) -> Mark | None:
        """Return the last mark of these kinds."""
        return next((mark for mark in reversed(self.marks) if mark.kind in kinds), None)


def understand(request: Request, ideas: int) -> Asked:
    """Return what a request asks for.

    Marks of ideas beyond the model's number of `ideas` are another model's, and mean nothing to this one.
    """
    problem = _problem(request)
    last = next((message.content for message in reversed(request.messages) if message.role == "user"), "")
    text = _BLOCK.sub("\n", last)
    marks = _marks(request, problem, ideas) if problem is not None else ()
    wanted, words = _wanted(request, text)
    about = {mark.idea for mark in marks if mark.kind in ("idea", "program", "flaw")}
    flawed = {mark.idea for mark in marks if mark.kind == "flaw"}
    instruction = without_marks(text)
    excluded: set[int] = set()
    if about and wanted in ("thought", "structure"):
        faulty = bool(_FAULT.search(instruction))
        other = _OTHER.search(instruction) or (faulty and _SOLVE.search(instruction))
        excluded = flawed or (about if other else set())
        if wanted == "thought" and faulty and not excluded:
            wanted = "flaw"
    return Asked(problem, wanted, marks, frozenset(excluded), words, text)


def _problem(request: Request) -> LatentProblem | None:
    """Return the problem that was named last, outside marks and, if it can be, outside blocks of code."""
    for message in reversed(request.messages):
        if message.role != "assistant":
            bare = without_marks(message.content)
            found = named_last(_BLOCK.sub("\n", bare)) or named_last(bare)
            if found is not None:
                return found
    return None


def _marks(request: Request, problem: LatentProblem, ideas: int) -> tuple[Mark, ...]:
    for message in reversed(request.messages):
        found = [mark for mark in read_marks(message.content, problem.name) if 1 <= mark.idea <= ideas]
        if found:
            return tuple(found)
    return ()


def _wanted(request: Request, text: str) -> tuple[Wanted, tuple[str, str]]:
    neither = ("", "")
    if request.schema is not None:
        return "structure", neither
    in_words = any("```" in stop for stop in request.stop)
    program = not in_words and bool(_COMPLETE.search(text)) and not _NO_CODE.search(text)
    if _REWRITE.search(text) and not program and not _SOLVE.search(text):
        return "statement", neither
    if in_words:
        return "steps" if _STEPS.search(text) else "thought", neither
    if _JSON.search(text):
        return "structure", neither
    if program:
        return "program", neither
    if _ASSERTS.search(text):
        return "asserts", neither
    if _CODE.search(text) and not _NO_CODE.search(text):
        return "program", neither
    if match := _VERDICT.search(text):
        yes, no, other_no, other_yes = match.groups()
        return "verdict", (yes or other_yes, no or other_no)
    if match := _CHOICE.search(text):
        return "choice", (match.group(1), match.group(2))
    if match := _SCORE.search(text):
        return "score", (match.group(1), match.group(2))
    return "thought", neither
