"""The last step of every strategy: a reply becomes an Attempt."""

from __future__ import annotations

from collections.abc import Sequence

from cotbench.core.attempt import Attempt, Step
from cotbench.core.message import Reply
from cotbench.core.problem import ProblemView
from cotbench.core.program import extract_program
from cotbench.core.protocols import Context


def written(
    ctx: Context,
    view: ProblemView,
    reply: Reply,
    *,
    index: int,
    lineage: Sequence[Step] = (),
    calls: Sequence[str] = (),
) -> Attempt:
    """Return the attempt whose program `reply` holds; a reply without a program is noted and has `code` None.

    `calls` are calls besides those in the lineage that the attempt needed, in order.
    """
    code = extract_program(reply.text, wanted=view.entry.name)
    if code is None:
        ctx.note("no program in reply")
    steps = (*lineage, Step("code", reply.text, reply.call))
    keys = dict.fromkeys((*calls, *(step.call for step in lineage), reply.call))
    return Attempt(index=index, code=code, lineage=steps, calls=tuple(keys))
