"""Steps that strategies share: asking for a thought in words, and turning a reply into an Attempt."""

from __future__ import annotations

from collections.abc import Sequence

from cotbench.core.attempt import Attempt, Step
from cotbench.core.message import Message, Reply, assistant
from cotbench.core.problem import ProblemView
from cotbench.core.program import extract_program
from cotbench.core.protocols import Author, Context

NO_CODE = ("```",)
"""Short thoughts are asked for in words; where a model starts a block of code all the same, the reply ends."""


TOKENS_PER_WORD = 3
"""A thought is cut at so many tokens per word asked for, because small models do not count."""

SILENCE = "(no answer)"
"""What stands in a conversation for an empty reply, which providers do not accept as a turn."""


def token_limit(words: int) -> int | None:
    """Return the tokens that a thought of so many words may take; no words asked for, no limit."""
    return TOKENS_PER_WORD * words if words else None


def end_marks(words: int) -> tuple[str, ...]:
    """Return the texts before which a thought of so many words ends; one of any length ends by itself."""
    return NO_CODE if words else ()


async def thought(
    ctx: Context, messages: Sequence[Message], *, words: int, by: Author = "idea", what: str = "thought"
) -> Reply:
    """Ask for a thought of about so many words (0: any length); see `noted` for what is noted of it."""
    reply = await ctx.ask(messages, by=by, stop=end_marks(words), max_tokens=token_limit(words))
    return noted(ctx, reply, what)


def noted(ctx: Context, reply: Reply, what: str) -> Reply:
    """Return the reply; a step that came to nothing is noted as `<what> refused` or `empty <what>`."""
    if reply.finish == "refusal":
        ctx.note(f"{what} refused")
    elif not reply.text.strip():
        ctx.note(f"empty {what}")
    return reply


def has_reasoning(reply: Reply) -> bool:
    """Whether a reply says anything before its program."""
    return bool(reply.text.partition("```")[0].strip())


def said(reply: Reply) -> Message:
    """Return a reply as the model's turn of a conversation that goes on."""
    return assistant(reply.text if reply.text.strip() else SILENCE)


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
    code = extract_program(reply.text, wanted=view.entry.name, starter=view.starter)
    if code is None:
        ctx.note("no program in reply")
    steps = (*lineage, Step("code", reply.text, reply.call))
    keys = dict.fromkeys((*calls, *(step.call for step in lineage if step.call), reply.call))
    return Attempt(index=index, code=code, lineage=steps, calls=tuple(keys))
