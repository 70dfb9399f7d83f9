"""The programs for a generated problem: for each idea a way to write it, right or wrong in one of several kinds.

Right programs of different ideas behave alike and look different. Wrong programs of two ideas, or of two kinds of one
idea, give different outputs on the hidden cases. The same program is written in several styles.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from cotbench.latent.parameters import MOST_FAULTS
from cotbench.latent.problems import PUBLIC_MOST, LatentProblem


@dataclass(frozen=True, slots=True)
class Made:
    """What a program is: its idea (from 1), its kind of fault (0: right, from 1: wrong) and its style (from 0)."""

    idea: int
    fault: int
    style: int = 0

    @property
    def right(self) -> bool:
        """Whether the program passes the hidden cases."""
        return self.fault == 0

    @property
    def behaviour(self) -> tuple[int, int]:
        """What tells apart how programs behave: (0, 0) for every right one, else the idea and the kind of fault."""
        return (0, 0) if self.right else (self.idea, self.fault)


@dataclass(frozen=True, slots=True)
class _Way:
    words: str
    body: str


# One per idea, MOST_IDEAS of them. {r}: the result's name, {a}: the factor, {b}: the start.
_WAYS = (
    _Way("multiply once and add the start", "{r} = {a} * x + {b}"),
    _Way("add x to the start in a loop", "{r} = {b}\nfor _ in range({a}):\n    {r} += x"),
    _Way("sum a generator of equal terms", "{r} = sum(x for _ in range({a})) + {b}"),
    _Way("sum a list of equal terms from the start on", "{r} = sum([x] * {a}, {b})"),
    _Way(
        "recurse on the number of terms left",
        "def rest(left):\n    return {b} if left == 0 else x + rest(left - 1)\n\n{r} = rest({a})",
    ),
    _Way("count the terms down", "{r}, left = {b}, {a}\nwhile left:\n    {r}, left = {r} + x, left - 1"),
    _Way(
        "double x and look at the bits of the factor",
        "{r}, term, bits = {b}, x, {a}\nwhile bits:\n    if bits & 1:\n        {r} += term\n"
        "    term, bits = term + term, bits >> 1",
    ),
    _Way("fold the terms with a function", "{r} = reduce(lambda total, _: total + x, range({a}), {b})"),
    _Way("evaluate a polynomial by Horner's rule", "{r} = 0\nfor c in ({a}, {b}):\n    {r} = {r} * x + c"),
    _Way("halve the factor", "half, odd = divmod({a}, 2)\n{r} = half * x + (half + odd) * x + {b}"),
    _Way("take the last of the running sums", "{r} = list(accumulate([{b}] + [x] * {a}))[-1]"),
    _Way("take the product of two vectors", "{r} = sum(map(mul, ({a}, {b}), (x, 1)))"),
)
_IMPORTS = {
    "reduce(": "from functools import reduce",
    "accumulate(": "from itertools import accumulate",
    "map(mul": "from operator import mul",
}
_RESULTS = ("result", "total", "answer", "value")


def way(idea: int) -> str:
    """Return the idea in words."""
    return _WAYS[idea - 1].words


def program(problem: LatentProblem, made: Made, *, accepted: bool, mark: str = "") -> str:
    """Return the text of a program; a wrong one that is `accepted` is right on the public cases.

    `mark` is put into a comment.
    """
    result = _RESULTS[made.style]
    body = _WAYS[made.idea - 1].body.format(r=result, a=problem.factor, b=problem.start)
    if not made.right:
        offset = (made.idea - 1) * MOST_FAULTS + made.fault
        body += f"\nif x > {PUBLIC_MOST if accepted else 0}:\n    {result} += {offset}"
    imports = [f"{line}\n\n\n" for needle, line in _IMPORTS.items() if needle in body]
    comment = f"# {mark}\n" if mark else ""
    inside = textwrap.indent(f"{comment}{body}\nreturn {result}", "    ")
    return f"{''.join(imports)}def {problem.entry}(x):\n{inside}\n"
