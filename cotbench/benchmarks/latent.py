"""The generated benchmark `latent`: problems that the simulated model `sim/latent` knows, and no language model needs.

`latent?problems=60&seed=2` names how many and which; a smaller benchmark is the beginning of a larger one.
"""

from __future__ import annotations

from cotbench.benchmarks.schema import EXACT, problems_digest
from cotbench.core.problem import Benchmark, CallCase, Entry, Problem
from cotbench.latent.parameters import BenchmarkParameters, benchmark_name
from cotbench.latent.problems import LatentProblem, latent_problem
from cotbench.latent.programs import Made, program


def load(parameters: BenchmarkParameters) -> Benchmark:
    """Return the benchmark of these parameters."""
    problems = tuple(_problem(latent_problem(parameters.seed, number)) for number in range(parameters.problems))
    return Benchmark(benchmark_name(parameters), problems_digest(problems), problems)


def _problem(problem: LatentProblem) -> Problem:
    return Problem(
        id=problem.name,
        statement=_statement(problem),
        entry=Entry("function", problem.entry),
        starter=f"def {problem.entry}(x: int) -> int:\n",
        public=_cases(problem, problem.public),
        hidden=_cases(problem, problem.hidden),
        comparer=EXACT,
        reference=program(problem, Made(1, 0), accepted=False),
        source="cotbench latent",
    )


def _statement(problem: LatentProblem) -> str:
    examples = "\n".join(f"{problem.entry}({x}) returns {problem.right(x)}" for x in problem.public)
    return (
        f"Problem {problem.name}. A tank holds {problem.start} litres and {problem.factor} pipes each bring x litres "
        f"more.\nWrite the function `{problem.entry}(x)` that returns how many litres the tank holds then, for a whole "
        f"number x.\n\nExamples:\n{examples}\n"
    )


def _cases(problem: LatentProblem, inputs: tuple[int, ...]) -> tuple[CallCase, ...]:
    return tuple(CallCase((x,), problem.right(x)) for x in inputs)
