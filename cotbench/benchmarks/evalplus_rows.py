"""Where the rows of HumanEval+ and MBPP+ come from, and the two forms that they have.

EvalPlus's release files (HumanEvalPlus.jsonl.gz, MbppPlus.jsonl.gz) hold inputs and a tolerance. Its datasets on the
hub, and its files called OriginFmt, are in the form of the original HumanEval and MBPP and hold the same inputs as
literals in a test program. Both become the same rows here.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cotbench.benchmarks.evalplus_inputs import restore
from cotbench.benchmarks.hub import Missing, file_rows, hub_rows
from cotbench.benchmarks.schema import first_fault
from cotbench.core.errors import BenchmarkError
from cotbench.core.ids import digest
from cotbench.core.problem import Value
from cotbench.wheels.cache import cache_directory

Origin: TypeAlias = Literal["humaneval", "mbpp"]
"""Which benchmark was extended."""

RELEASES: dict[Origin, str] = {"humaneval": "HumanEvalPlus.jsonl.gz", "mbpp": "MbppPlus.jsonl.gz"}
_HUB_NAMES: dict[Origin, str] = {"humaneval": "evalplus/humanevalplus", "mbpp": "evalplus/mbppplus"}
_INPUTS = re.compile(r"^[ \t]*inputs = (.*)$", re.M)
_ASSERTION = re.compile(r"\bassertion\((\w+)\(\*inp\), (?:exp|ref_func\(\*inp\)), ([\w.+-]+)\)")
_BOUND = re.compile(r"<= ([\w.+-]+)$", re.M)
_MBPP_ID = re.compile(r"Mbpp/(\d+)")


@dataclass(frozen=True, slots=True)
class PlusRow:
    """One problem. `base` is the number of inputs, from the first, that the original benchmark has; None: not said."""

    id: str
    prompt: str
    function: str
    solution: str
    inputs: tuple[tuple[Value, ...], ...]
    base: int | None
    atol: float


class _Written(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class _Release(_Written):
    task_id: str
    prompt: str
    entry_point: str
    canonical_solution: str
    base_input: list[list[object]]
    # One problem of MBPP+ has an empty object instead of an empty list.
    plus_input: list[list[object]] | dict[str, object]
    atol: float = Field(ge=0, allow_inf_nan=False)

    def row(self) -> PlusRow:
        """Return the row. Raises ValueError if the inputs of an MBPP problem have not the form that it needs."""
        inputs = [*self.base_input, *self.plus_input] if isinstance(self.plus_input, list) else self.base_input
        number = _MBPP_ID.fullmatch(self.task_id)
        return PlusRow(
            id=self.task_id,
            prompt=self.prompt,
            function=self.entry_point,
            solution=self.canonical_solution,
            inputs=restore(int(number[1]), inputs) if number else tuple(map(tuple, inputs)),
            base=len(self.base_input),
            atol=self.atol,
        )


class _HumanEvalForm(_Written):
    task_id: str
    prompt: str
    entry_point: str
    canonical_solution: str
    test: str

    def row(self) -> PlusRow:
        """Return the row. Raises ValueError if the test program holds no inputs."""
        inputs, atol, _ = _read_test(self.test)
        return PlusRow(self.task_id, self.prompt, self.entry_point, self.canonical_solution, inputs, None, atol)


class _MbppForm(_Written):
    task_id: int
    prompt: str
    code: str
    test_list: list[str] = Field(min_length=1)
    test: str

    def row(self) -> PlusRow:
        """Return the row, its prompt as the release has it. Raises ValueError if the test program holds no inputs."""
        inputs, atol, function = _read_test(self.test)
        prompt = f'"""\n{self.prompt}\n{self.test_list[0]}\n"""\n'
        return PlusRow(f"Mbpp/{self.task_id}", prompt, function, self.code, inputs, None, atol)


def read_rows(path: Path) -> tuple[tuple[PlusRow, ...], str]:
    """Return the rows of a local file (.jsonl, .jsonl.gz, or .parquet as the hub has it) and their digest.

    Raises BenchmarkError naming the file, the row and the field at fault.
    """
    if not path.is_file():
        raise BenchmarkError(f"there is no file {path}", hint="EvalPlus's releases are HumanEvalPlus and MbppPlus")
    try:
        rows = file_rows(path)
    except Missing as error:
        raise BenchmarkError(f"{path} is not in EvalPlus's format: {error}") from error
    return _validated(rows, str(path))


def find_rows(origin: Origin) -> tuple[tuple[PlusRow, ...], str]:
    """Return the rows from the cache or the hub, and their digest. Raises BenchmarkError saying what was tried."""
    path = cached_file(origin)
    if path.is_file():
        return read_rows(path)
    try:
        return _validated(hub_rows(_HUB_NAMES[origin], "test"), _HUB_NAMES[origin])
    except Missing as error:
        raise BenchmarkError(
            f"{origin}+ could not be loaded: there is no {path}; {_HUB_NAMES[origin]}: {error}",
            hint=f"download EvalPlus's {path.name} elsewhere and name it: --benchmark {origin}+:PATH",
        ) from error


def cached_file(origin: Origin) -> Path:
    """Return where a release file is looked for; it need not exist."""
    return cache_directory() / "benchmarks" / RELEASES[origin]


def _validated(rows: Sequence[object], origin: str) -> tuple[tuple[PlusRow, ...], str]:
    if not rows:
        raise BenchmarkError(f"{origin} holds no problems")
    found: list[PlusRow] = []
    written: list[dict[str, object]] = []
    for number, row in enumerate(rows, start=1):
        keys = row.keys() if isinstance(row, dict) else ()
        form = _Release if "base_input" in keys else _MbppForm if "test_list" in keys else _HumanEvalForm
        try:
            record = form.model_validate(row)
            written.append(record.model_dump())
            found.append(record.row())
        except ValidationError as error:
            raise BenchmarkError(f"{origin}: row {number}: {first_fault(error)}") from error
        except ValueError as error:
            raise BenchmarkError(f"{origin}: row {number}: {error}") from error
    return tuple(found), digest(written)


def _read_test(program: str) -> tuple[tuple[tuple[Value, ...], ...], float, str]:
    """Return the inputs, the tolerance and the tested function that a test program of EvalPlus names."""
    written = _INPUTS.search(program)
    call = _ASSERTION.search(program)
    # HumanEval/32 asserts a bound by itself.
    bound = call[2] if call else found[1] if (found := _BOUND.search(program)) else ""
    try:
        # Only the line of the inputs is parsed: the expected outputs, which can be far longer, are not needed.
        tree = ast.parse(written[1] if written else "", mode="eval")
        inputs = ast.literal_eval(_Infinities().visit(tree))
        tolerance = float(bound)
    except (SyntaxError, ValueError, TypeError):
        inputs = None
    if not isinstance(inputs, list) or not all(isinstance(item, (list, tuple)) for item in inputs):
        raise ValueError("test: it does not state its inputs and its tolerance as EvalPlus does")
    return tuple(map(tuple, inputs)), tolerance, call[1] if call else ""


class _Infinities(ast.NodeTransformer):
    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Constant(math.inf) if node.id == "inf" else node
