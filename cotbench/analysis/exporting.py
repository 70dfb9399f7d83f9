"""A run's programs in the forms that other tools read, one row per program or per problem.

    human-eval      {"task_id", "completion"}      what comes after the problem's starter code
    evalplus        {"task_id", "solution"}        a whole program, with the imports that the problem's text had
    livecodebench   {"question_id", "code_list"}   all programs of a problem

`cotbench grade` takes them back with the same verdicts, unless a program lacks an import that its starter code makes: a
completion has it then. Attempts without a program are there as empty texts, so that
the number of programs is right whoever counts it. Problems are in the run's order, attempts by unit and index.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from cotbench.core.problem import Problem
from cotbench.core.syntax import foreign_names, own_names, parsed
from cotbench.store.rows import AttemptRow

PROGRAM_FORMATS = ("human-eval", "evalplus", "livecodebench")
"""The formats that hold programs."""

Row = dict[str, object]


def program_rows(attempts: Sequence[AttemptRow], form: str, problems: Mapping[str, Problem]) -> Iterator[Row]:
    """Give the rows of one of the PROGRAM_FORMATS for some attempts.

    `problems` are those of the attempts, by their ids; their order is that of the rows.
    """
    by_problem: dict[str, list[AttemptRow]] = {name: [] for name in problems}
    for attempt in sorted(attempts, key=lambda row: (row.unit, row.index)):
        by_problem[attempt.problem].append(attempt)
    for name, made in by_problem.items():
        problem = problems[name]
        if form == "livecodebench":
            if made:
                yield {"question_id": name, "code_list": [row.code or "" for row in made]}
            continue
        for row in made:
            if form == "human-eval":
                yield {"task_id": name, "completion": completion_of(row.code or "", problem.starter)}
            else:
                yield {"task_id": name, "solution": with_imports(row.code or "", problem.prelude)}


def completion_of(code: str, starter: str) -> str:
    """Return what makes the program `code` of its starter code, or one that does the same; "" for no program.

    A program that does not begin with the starter defines everything anew after it, and so the last definition counts.
    """
    if not code.strip():
        return ""
    rest = code.removeprefix(starter)
    if code.startswith(starter) and rest.strip():
        return rest
    wanted = _shape(code)
    indent = " " * _indent(starter)
    closed = f"\n{indent}pass\n\n\n"
    for filler in ("", "\n", closed):
        # The program must be the end of the whole, and not have become a part of the starter's function.
        whole = _shape(f"{starter}{filler}{code}")
        if wanted and whole[-len(wanted) :] == wanted:
            return f"{filler}{code}"
    return f"{closed}{code}"


def with_imports(code: str, prelude: str) -> str:
    """Return a program with what stands before it in the problem's text, if it uses a name of that and lacks it."""
    tree, before = parsed(code), parsed(prelude)
    if tree is None or before is None or not own_names(before) & foreign_names(tree):
        return code
    return f"{prelude.rstrip()}\n\n\n{code}"


def _shape(code: str) -> list[str]:
    """Return what a program's statements at the margin are, one text each; empty if it is not valid."""
    tree = parsed(code)
    return [] if tree is None else [ast.dump(statement) for statement in tree.body]


def _indent(starter: str) -> int:
    """Return how far the body of the last function of a starter is indented."""
    headers = [line for line in starter.split("\n") if line.lstrip().startswith(("def ", "async def ", "class "))]
    return len(headers[-1]) - len(headers[-1].lstrip()) + 4 if headers else 0
