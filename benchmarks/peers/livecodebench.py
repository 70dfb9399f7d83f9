"""LiveCodeBench's own grading functions, as NVIDIA's package ships them, with its pool of processes."""

from __future__ import annotations

import json
from collections.abc import Sequence

from benchmarks.executor import PASSED, Executor, Judged, Missing, Options, Program
from benchmarks.spin import SPIN_NAME, spin_answer
from benchmarks.stdin_programs import stdin_cases

_DEFAULT_SECONDS = 6


class LiveCodeBench:
    """Judges by `livecodebench.evaluation.compute_code_generation_metrics.evaluate_generations`."""

    def __init__(self, options: Options) -> None:
        from livecodebench.evaluation.compute_code_generation_metrics import evaluate_generations

        self._evaluate = evaluate_generations
        self._workers = options.workers
        self._seconds = int(options.seconds) or _DEFAULT_SECONDS
        if options.problems == "spin":
            call = {"inputs": ["1"], "outputs": [json.dumps(spin_answer(options.loops, 1))], "fn_name": SPIN_NAME}
            self._problems = {"spin": {"input_output": json.dumps(call)}}
        else:
            self._problems = {
                name: {"input_output": json.dumps({"inputs": [i for i, _ in cases], "outputs": [o for _, o in cases]})}
                for name, cases in stdin_cases().items()
            }

    def judge(self, programs: Sequence[Program]) -> list[Judged]:
        """Return how each program did, in order."""
        results, metadata = self._evaluate(
            [self._problems[program.problem] for program in programs],
            [[program.code] for program in programs],
            num_process_evaluate=self._workers,
            timeout=self._seconds,
        )
        return [_judged(results[index][0], metadata[index][0]) for index in range(len(programs))]

    def close(self) -> None:
        """Nothing outlives a round."""


def _judged(result: list[object], metadata: dict[str, object]) -> Judged:
    if all(isinstance(one, (bool, int)) and one > 0 for one in result):
        return Judged(PASSED)
    return Judged("failed", f"{metadata.get('error_message', '')} {metadata.get('error', '')}".strip(), len(result) - 1)


def make(options: Options) -> Executor:
    """Return the executor. Raises Missing if the package's grading functions cannot be imported."""
    try:
        return LiveCodeBench(options)
    except ImportError as error:
        raise Missing(
            f"LiveCodeBench's grading functions are missing ({error}): pip install --no-deps nvidia-livecodebench==26.3"
        ) from error
