"""Normal forms: which changes of a text make no other program, at which rung."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotbench.core.normal import normal_forms

BASE = "def f(xs):\n    total = 0\n    for x in xs:\n        total += x\n    return total\n"
RUNGS = ("exact", "tokens", "tree")


def first_equal(left: str, right: str) -> str:
    """Return the first rung at which two programs are equal, and make sure that all later ones agree."""
    a, b = normal_forms(left), normal_forms(right)
    equal = [getattr(a, rung) == getattr(b, rung) for rung in RUNGS]
    assert equal == sorted(equal)
    assert (a.walk == b.walk) == equal[2] or not equal[2]
    return next((rung for rung, same in zip(RUNGS, equal, strict=True) if same), "none")


@pytest.mark.parametrize(
    ("left", "right", "rung"),
    [
        (BASE, BASE, "exact"),
        (BASE, BASE.replace("\n", "  # why\n\n"), "tokens"),
        (BASE, BASE.replace("total += x", "total+=x").replace("    ", "  "), "tokens"),
        (BASE, BASE.replace("total", "s").replace("xs", "values"), "tokens"),
        (BASE, BASE.replace("return total", "return (total)"), "tree"),
        (BASE, BASE.replace("def f(xs):", 'def f(xs: list[int]) -> int:\n    """Add."""'), "tree"),
        (BASE, BASE.replace("total = 0", "total: int = 0"), "tree"),
        ("s = 'a'\n", 's = "a"\n', "tree"),
        ("import math as m\nprint(m.pi)\n", "import math as q\nprint(q.pi)\n", "tokens"),
        ("def g(a):\n    return a\ng(a=1)\n", "def g(b):\n    return b\ng(b=1)\n", "tokens"),
        # Names of members are the program's own, names of methods of built-in types are not.
        ("class A:\n    def p(self): self.q = 1\n", "class B:\n    def r(me): me.s = 1\n", "tokens"),
        ("count = s.count('a')\n", "find = s.find('a')\n", "none"),
        # Constants are kept, and so are builtins, operators and what is imported.
        (BASE, BASE.replace("= 0", "= 1"), "none"),
        ("x = 1\n", "x = 1.0\n", "none"),
        ("x = True\n", "x = 1\n", "none"),
        ("print(None)\n", "print()\n", "none"),
        ("def f(x): return min(x)\n", "def f(x): return max(x)\n", "none"),
        ("from math import gcd\n", "from math import lcm\n", "none"),
        ("a = b = 1\na + b\n", "a = b = 1\na + a\n", "none"),
        ("x[1:]\n", "x[:1]\n", "none"),
        ("if a:\n    b()\n    c()\n", "if a:\n    b()\nc()\n", "none"),
        # What is not valid Python still has a form.
        ("return return # one\n", "return return # two\n", "tokens"),
        ("'''never closed\n", "'''never closed \n", "none"),
    ],
)
def test_the_rung_at_which_programs_are_equal(left: str, right: str, rung: str) -> None:
    assert first_equal(left, right) == rung


def test_deep_programs_have_a_form() -> None:
    forms = normal_forms("x = " + "-" * 3000 + "1\n")
    assert forms.tree


@given(st.permutations(["alpha", "beta", "gamma", "delta"]), st.integers(1, 8))
def test_any_renaming_and_indent_is_the_same_program(names: list[str], width: int) -> None:
    text = (
        "import heapq\ndef {0}({1}):\n\tbest = [{1}]\n\tfor {2}, {3} in enumerate({1}):\n"
        "\t\theapq.heappush(best, {2} * {3})\n\treturn [{3} for {3} in best if {3} > 0]\n"
    )
    left = text.format("alpha", "beta", "gamma", "delta").expandtabs(4)
    right = text.format(*names).expandtabs(width)
    assert first_equal(left, right) in ("exact", "tokens")
