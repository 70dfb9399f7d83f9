"""Asking a model whether two programs are of one idea: the questions, and how the answer is read.

The design is that of Wang et al. 2024 (arXiv 2409.03733, section 6.1 and appendix S): a model puts the idea of each
program into words, and then says of pairs of programs, each with its summary, whether they share the idea. The prompts
are our own.
"""

from __future__ import annotations

import re

from cotbench.core.ids import digest
from cotbench.core.message import Message
from cotbench.core.problem import ProblemView
from cotbench.strategies.prompting import SHARED, prompt, template_digests

SUMMARY_TOKENS = 400
ANSWER_TOKENS = 200

_FOLDER = "judge"
_WORD = re.compile(r"(?P<negated>(?:\bnot|n['’]t)\s+(?:\w+\s+)?)?\b(?P<word>same|different)\b", re.I)


def summary_question(view: ProblemView, code: str) -> tuple[Message, ...]:
    """Return the request to put the idea of a program into words."""
    return prompt("judge/summary", view, code=code)


def pair_question(view: ProblemView, codes: tuple[str, str], summaries: tuple[str, str]) -> tuple[Message, ...]:
    """Return the question whether two programs are of one idea; a summary may be empty."""
    return prompt("judge/pair", view, codes=codes, summaries=summaries)


def says_same(reply: str) -> bool | None:
    """Return whether a reply says that two ideas are the same, None if it cannot be told.

    The last of the words `same` and `different` counts, so that a reply may think aloud first; `not the same` is
    different, `not different` is the same.
    """
    found = list(_WORD.finditer(reply))
    if not found:
        return None
    last = found[-1]
    return (last["word"].lower() == "same") != bool(last["negated"])


def judge_digest() -> str:
    """Return a digest of everything that the questions are made of."""
    used = {f"{SHARED}/problem.md", f"{_FOLDER}/summary.md", f"{_FOLDER}/pair.md"}
    return digest({name: value for name, value in template_digests(_FOLDER).items() if name in used})
