"""Notes: the sentences under a table, without which its numbers would say more than they know."""

from __future__ import annotations

from collections.abc import Sequence

from cotbench.analysis.frames import ProblemRow, RunTable
from cotbench.core.budget import RESOURCES, dollars, setting_of

_NAMED = 5
_OPEN_LEVELS = ("basic", "none")


def run_notes(table: RunTable) -> list[str]:
    """Return what a reader must know about one run, most important first."""
    notes: list[str] = []
    units = table.units
    if table.manifest.simulated:
        notes.append("simulated model: these numbers say nothing about any language model")
    if table.narrowed:
        notes.append(table.narrowed)
    made = table.manifest.programs
    if made is not None:
        covered, size = len(table.problems), table.manifest.benchmark_size
        if covered < size:
            notes.append(f"programs of {covered:,} of the {size:,} problems of {table.spec.benchmark} were judged")
        if made.bad:
            notes.append(f"{made.bad:,} of {counted(made.lines, 'line')} of {made.name} could not be used")
    if units.owed:
        kinds = ((units.failed, "failed"), (units.partial, "partial: stopped by a budget"))
        goes_on = f"the same command{' with a larger cap' if units.partial else ''} goes on"
        states = [f"{count} {word}" for count, word in kinds if count]
        detail = f" ({', '.join(states)})" if states else ""
        are = "is" if units.owed == 1 else "are"
        notes.append(f"incomplete: {units.owed} of {counted(units.wanted, 'unit')} {are} owed{detail}; {goes_on}")
    if units.capped:
        notes.append(
            f"{counted(units.capped, 'unit')} stopped at a cap per problem ({_problem_caps(table)}), with fewer "
            "attempts than wanted"
        )
    taken = sum(table.sources.values())
    if taken:
        notes.append(
            f"{taken:,} of {counted(sum(table.finishes.values()), 'call')} were taken over from "
            f"{names(list(table.sources))} and not paid for again; paid for in this run: {dollars(table.spent.usd)}"
        )
    if table.spec.units > 1:
        notes.append(
            f"attempts of {table.spec.units} units are pooled: pass@k is over k attempts drawn from all units of a "
            "problem together; attempts of one unit may depend on each other, as those of one PlanSearch tree do"
        )
    ungraded = sum(row.ungraded for row in table.problems)
    if ungraded:
        notes.append(f"{counted(ungraded, 'program')} without a verdict yet, not counted")
    idle = [row.problem for row in table.problems if not row.evaluated]
    if idle:
        notes.append(f"{counted(len(idle), 'problem')} not attempted and left out of pass@k: {names(idle)}")
    barren = [row.problem for row in table.problems if row.evaluated and row.n == 0]
    if barren:
        count = "counts" if len(barren) == 1 else "count"
        notes.append(
            f"{counted(len(barren), 'problem')} got no program at all and {count} as unsolved: {names(barren)}"
        )
    notes.extend(_ground_notes(table))
    notes.extend(_reply_notes(table))
    retries = [f"{kind} × {count:,}" for event, count in sorted(table.counters.items()) if (kind := _retried(event))]
    if retries:
        notes.append(f"requests made again after a fault: {', '.join(retries)}")
    events = [f"{event} × {count:,}" for event, count in sorted(table.counters.items()) if not _counted_above(event)]
    if events:
        notes.append(f"noted on the way: {', '.join(events)}")
    if table.flips:
        notes.append(
            f"{counted(table.flips, 'verdict')} did not come out the same in all repetitions; the first counts"
        )
    if table.in_process:
        notes.append(
            f"{counted(table.in_process, 'verdict')} reached inside the program's own process, which can forge "
            "them (integrity: in-process)"
        )
    if table.torn:
        were = "was" if table.torn == 1 else "were"
        notes.append(f"{counted(table.torn, 'line')} of the run directory could not be read and {were} skipped")
    if table.foreign:
        notes.append(f"{counted(table.foreign, 'row')} of problems that the manifest does not know, not counted")
    if table.isolation:
        open_levels = [level for level in table.isolation if level in _OPEN_LEVELS]
        warning = " (programs could reach your files, and at level none your network)" if open_levels else ""
        notes.append(f"isolation of judged programs: {', '.join(table.isolation)}{warning}")
    return notes


def left_out_note(left_out: Sequence[int], problems: Sequence[ProblemRow]) -> list[str]:
    """Return the note on ks that are undefined, naming the problem that bounds k; empty if none was left out."""
    if not left_out:
        return []
    bounds = [row for row in problems if row.n > 0]
    shortest = min(bounds, key=lambda row: row.n, default=None)
    ks = ", ".join(str(k) for k in left_out)
    if shortest is None:
        return [f"pass@k left out for k = {ks}: there are no attempts"]
    return [f"pass@k left out for k = {ks}: {shortest.problem} has {counted(shortest.n, 'attempt')}"]


def shared_notes(notes: Sequence[str], runs: Sequence[str]) -> list[str]:
    """Return a comparison's notes with what is true of several runs said once, for all of them together."""
    owners: dict[str, list[str]] = {}
    for note in notes:
        owner = next((run for run in runs if note.startswith(f"{run}: ")), None)
        text = note if owner is None else note[len(owner) + 2 :]
        owners.setdefault(text, []).extend([] if owner is None else [owner])
    return [
        f"{'all runs' if len(these) == len(runs) else ', '.join(these)}: {text}" if these else text
        for text, these in owners.items()
    ]


def counted(number: int, word: str) -> str:
    """Return "1 problem", "2 problems"."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def names(items: Sequence[str]) -> str:
    """Return the first few names and how many more there are."""
    shown = ", ".join(items[:_NAMED])
    return shown if len(items) <= _NAMED else f"{shown} and {len(items) - _NAMED} more"


def _ground_notes(table: RunTable) -> list[str]:
    ground = table.manifest.ground
    if not ground:
        return []
    calls = sum(table.finishes.values()) - sum(row.calls or 0 for row in table.problems)
    tokens = table.spent.tokens - sum(row.usage.total for row in table.problems if row.usage is not None)
    # What was taken over is not in what was spent, so there is no telling its share.
    cost = counted(calls, "call") if table.sources else f"{counted(calls, 'call')} and {counted(tokens, 'token')}"
    return [
        f"before the run {table.spec.strategy} worked on {counted(len(ground), 'problem')} set apart, which no table "
        f"counts: {cost} on top of the totals"
    ]


def _reply_notes(table: RunTable) -> list[str]:
    notes: list[str] = []
    replies = sum(table.finishes.values())
    if table.cut:
        notes.append(f"{table.cut:,} of {_replies(replies)} cut at their token limit")
    if table.refusals:
        notes.append(f"{_replies(table.refusals)} refused or filtered by the provider")
    if table.empties:
        notes.append(f"{_replies(table.empties)} without any text")
    if table.estimated:
        notes.append(
            f"tokens of {table.estimated:,} of {_replies(replies)} estimated: the server did not count them, or only "
            "one of several replies"
        )
    if table.no_code:
        notes.append(f"{counted(table.no_code, 'attempt')} without a program, counted as not passed")
    return notes


def _problem_caps(table: RunTable) -> str:
    caps = table.spec.problem_caps
    found = [(setting_of(name, "problem"), caps.of(name)) for name in RESOURCES]
    return ", ".join(f"{setting} {cap:g}" for setting, cap in found if cap is not None)


def _replies(number: int) -> str:
    return f"{number:,} {'reply' if number == 1 else 'replies'}"


def _retried(event: str) -> str:
    """Return the kind of fault that an event counts the retries of, "" for any other event."""
    kind = event.removeprefix("retried after ")
    return "" if kind == event else kind


def _counted_above(event: str) -> bool:
    """Whether an event is told already by the notes on replies and retries."""
    return (
        event.startswith("reply ended by") or bool(_retried(event)) or event in ("no program in reply", "empty thought")
    )
