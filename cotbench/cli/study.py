"""One session of a study: its runs one after the other, each continued where it stands, and what came of all of them.

A member that fails does not end the others. Caps on the whole run are caps on the whole study here: each member may
spend what the others have left of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import typer
from rich.console import Console
from rich.progress import Progress

from cotbench.analysis import run_table
from cotbench.analysis.notes import counted
from cotbench.cli.app import INCOMPLETE, INTERRUPTED, OK
from cotbench.cli.members import Plan
from cotbench.cli.preparing import Prepared, load, prepare
from cotbench.cli.progress import Bars, PlainLines, bars_on
from cotbench.cli.requesting import Request
from cotbench.cli.runs import same_command
from cotbench.cli.session import perform, preload_models
from cotbench.cli.study_clock import StudyClock
from cotbench.cli.study_report import MemberEnd, print_study
from cotbench.core.budget import RESOURCES, Caps, Spent, flag_of, setting_of
from cotbench.core.errors import ConfigurationError, CotbenchError
from cotbench.core.problem import Benchmark
from cotbench.engine import Observer, Silent, estimate_run
from cotbench.store import RunDirectory
from cotbench.store.layout import check_writable
from cotbench.store.pass_rates import write_pass_rates
from cotbench.store.studies import StudyRun, write_study


@dataclass(frozen=True, slots=True)
class _Look:
    """What is known of a member before any is begun; `weight` is the calls it owes."""

    owed: int
    weight: float
    spent: Spent
    directory: RunDirectory | None


def prepare_members(plan: Plan, requests: Sequence[Request], screen: Console) -> list[Prepared]:
    """Prepare every member before any is begun; benchmarks are loaded once.

    Raises ConfigurationError naming the member that would be refused.
    """
    benchmarks: dict[str, Benchmark] = {}
    found: list[Prepared] = []
    for member, request in zip(plan.members, requests, strict=True):
        name = request.spec.benchmark
        if name not in benchmarks:
            benchmarks[name] = load(name, screen)
        try:
            prepared = prepare(request, benchmarks[name])
            _refuse_spent(plan, prepared)
        except CotbenchError as error:
            raise ConfigurationError(f"{member.title}: {error.message}", hint=error.hint) from error
        found.append(prepared)
    return found


def carry_out_study(plan: Plan, requests: Sequence[Request]) -> int:
    """Do the members that owe something and print the comparison of all; return the exit code.

    0 if all are complete, 3 if something is owed, 130 after Ctrl-C. Raises ConfigurationError before anything is
    begun.
    """
    first = requests[0]
    screen = Console(stderr=True, quiet=first.quiet)
    for request in requests:
        preload_models(request.spec)
    check_writable(first.results)
    prepared = prepare_members(plan, requests, screen)
    benchmarks = {each.spec.benchmark: each.benchmark for each in prepared}
    looks = [_look(each) for each in prepared]
    # The rows of all runs need not be held while the first one is made.
    del prepared
    session = _Session(plan, requests, benchmarks, looks, screen)
    try:
        with bars_on(screen) as bars:
            session.run(bars)
    except KeyboardInterrupt:
        owed = sum(not end.complete for end in session.ends) + len(requests) - len(session.ends)
        typer.echo(
            f"interrupted with {counted(owed, 'run')} of {len(requests)} to go; every reply that arrived is kept. "
            f"Continue with: {same_command()}",
            err=True,
        )
        return INTERRUPTED
    complete = print_study(plan, session.ends, first.results, as_json=first.json)
    bug = next((end.bug for end in session.ends if end.bug is not None), None)
    if bug is not None:
        raise bug
    return OK if complete else INCOMPLETE


class _Session:
    """Goes through the members; `ends` grows with how each ended."""

    def __init__(
        self,
        plan: Plan,
        requests: Sequence[Request],
        benchmarks: dict[str, Benchmark],
        looks: Sequence[_Look],
        screen: Console,
    ) -> None:
        self.plan = plan
        self.requests = requests
        self.benchmarks = benchmarks
        self.looks = looks
        self.screen = screen
        self.clock = StudyClock([look.weight for look in looks])
        self.spent = [look.spent for look in looks]
        self.ends: list[MemberEnd] = []
        self.directories = [look.directory for look in looks]
        self._write()

    def run(self, bars: Progress | None) -> None:
        """Do one member after the other. Raises KeyboardInterrupt."""
        owing = sum(look.owed > 0 for look in self.looks)
        title = f"study {self.plan.study}: " if self.plan.study else ""
        complete = len(self.looks) - owing
        self._say(f"{title}{counted(len(self.looks), 'run')}{f', {complete} complete' if complete else ''}")
        for place, (member, look) in enumerate(zip(self.plan.members, self.looks, strict=True)):
            self.clock.begin(place)
            if not look.owed and look.directory is not None:
                self.ends.append(MemberEnd(member, look.directory))
                continue
            end = self._member(place, bars)
            self.ends.append(end)
            if end.directory is not None:
                self.directories[place] = end.directory
                self._write()
                self.spent[place] = run_table(end.directory).spent
            self._say(f"[{place + 1}/{len(self.looks)}] {member.title}: {end.words}")

    def _member(self, place: int, bars: Progress | None) -> MemberEnd:
        member, request = self.plan.members[place], self.requests[place]
        others = sum((spent for other, spent in enumerate(self.spent) if other != place), Spent())
        caps, reached = _rest(request.spec.caps, others)
        if reached:
            fault = f"not begun: {_reached(reached, request.spec.caps)}"
            return MemberEnd(member, self.looks[place].directory, fault, capped=True)
        whole = request.spec.caps
        request = replace(request, spec=replace(request.spec, caps=caps))
        observer = self._observer(bars)
        try:
            prepared = prepare(request, self.benchmarks[request.spec.benchmark])
            ended = perform(prepared, observer, self.screen, bars)
        except CotbenchError as error:
            return MemberEnd(member, self.looks[place].directory, str(error))
        finally:
            if isinstance(observer, Bars):
                observer.close()
        outcome = ended.outcome
        if outcome is None or outcome.reached is None:
            return MemberEnd(member, ended.directory, ended.owed, bug=None if outcome is None else outcome.bug)
        fault = f"stopped: {_reached(outcome.reached.setting, whole)}"
        return MemberEnd(member, ended.directory, fault, capped=True)

    def _observer(self, bars: Progress | None) -> Observer:
        if self.requests[0].quiet:
            return Silent()
        return Bars(self.screen, bars, self.clock) if bars else PlainLines(self.screen, self.clock)

    def _write(self) -> None:
        """Write down which runs the study has so far."""
        runs = [
            StudyRun(member.label, directory.name, member.spec.model, member.spec.benchmark)
            for member, directory in zip(self.plan.members, self.directories, strict=True)
            if directory is not None
        ]
        if self.plan.study and runs:
            write_study(self.plan.study, runs, self.requests[0].results)

    def _say(self, line: str) -> None:
        self.screen.print(line, markup=False, highlight=False, soft_wrap=True)


def _look(prepared: Prepared) -> _Look:
    if not prepared.owed and prepared.rows is not None:
        weight = 0.0
        # A session that was killed at its very end may have left this table behind the rows.
        write_pass_rates(prepared.directory.path, prepared.directory.read_manifest(), prepared.rows)
    else:
        found = estimate_run(prepared.spec, prepared.problems, prepared.rows, prepared.prices)
        weight = float(prepared.owed if found is None else max(found.total.low.calls, prepared.owed))
    spent = Spent() if prepared.rows is None else run_table(prepared.directory).spent
    return _Look(prepared.owed, weight, spent, prepared.directory if prepared.resumed else None)


def _rest(caps: Caps, others: Spent) -> tuple[Caps, str]:
    """Return what is left of caps when the other members have spent so much, and the first one that is used up."""
    left: dict[str, float | None] = {}
    for resource in RESOURCES:
        cap = caps.of(resource)
        left[resource] = None if cap is None else cap - (others.of(resource) or 0)
        if cap is not None and (left[resource] or 0) <= 0:
            return caps, setting_of(resource, "run")
    whole = {name: None if value is None else int(value) for name, value in left.items()}
    return Caps(left["usd"], whole["tokens"], whole["calls"], left["minutes"]), ""


def _reached(setting: str, caps: Caps) -> str:
    cap = next(caps.of(resource) for resource in RESOURCES if setting_of(resource, "run") == setting)
    return f"{flag_of(setting)} {cap:g} of the study is reached"


def _refuse_spent(plan: Plan, prepared: Prepared) -> None:
    """Raise ConfigurationError if a run that is there already was allowed more tokens than the study gives it."""
    if plan.tokens is None or not prepared.resumed:
        return
    kept = prepared.directory.read_spec().problem_caps.tokens
    if kept is None or kept > plan.tokens:
        allowed = "no limit" if kept is None else f"{kept:,} tokens"
        raise ConfigurationError(
            f"{prepared.directory.path} was made with {allowed} per problem, this study gives {plan.tokens:,}",
            hint="choose another place with --results DIR, or start other runs with --fresh",
        )
