"""How PlanSearch asks for observations at one node: in one structured call, or in the published chain of turns.

The chain (Wang et al. 2024, arXiv 2409.03733, section 4.3.1, and the authors' code) is one conversation: find and
reason; list; keep the useful ones; write those as a list. A list that cannot be read is asked for again, up to three
times in all at temperatures 0, 0.2 and 0.4, without going through the turns before it again. The authors ask for a
Python list and evaluate it; we ask for JSON, and read either.
"""

from __future__ import annotations

from cotbench.core.message import Message, user
from cotbench.core.problem import ProblemView
from cotbench.core.protocols import Context
from cotbench.strategies.listing import TextList, ask_list, parse_list
from cotbench.strategies.prompting import prompt, render
from cotbench.strategies.writing import noted, said

NAME = "observations"
PARSE_TEMPERATURES = (0.0, 0.2, 0.4)


async def observe(
    ctx: Context, view: ProblemView, known: tuple[str, ...], *, count: int, layer: int, chain: bool
) -> TextList:
    """Return what the model observes about a problem, given what is `known`; `count` bounds how many are kept.

    In layer 1 it is asked for `count` of them, deeper down the chain asks for no certain number.
    """
    if chain:
        return await _chain(ctx, view, known, count=count, layer=layer)
    template = "plansearch/observe" if layer == 1 else "plansearch/observe_further"
    question = prompt(template, view, count=count, observations=known)
    return await ask_list(ctx, question, name=NAME, most=count, exact=layer == 1)


def chain_questions(view: ProblemView, known: tuple[str, ...], *, count: int, layer: int) -> dict[str, str]:
    """Return what is asked in each turn of the chain, by the turn's name, in order."""
    first = "plansearch/chain_find" if layer == 1 else "plansearch/chain_further"
    return {
        "find": render(first, view, count=count, observations=known),
        "list": render("plansearch/chain_list", view),
        "filter": render("plansearch/chain_filter", view),
        "format": render("plansearch/chain_format", view),
    }


async def _chain(ctx: Context, view: ProblemView, known: tuple[str, ...], *, count: int, layer: int) -> TextList:
    *thinking, (last, question) = chain_questions(view, known, count=count, layer=layer).items()
    conversation: list[Message] = []
    calls: list[str] = []
    for turn, asked in thinking:
        conversation.append(user(asked))
        reply = noted(ctx, await ctx.child(turn).ask(conversation, by="idea"), f"{NAME}: {turn}")
        calls.append(reply.call)
        if not reply.text.strip():
            return _missing(ctx, calls)
        conversation.append(said(reply))
    conversation.append(user(question))
    for draw, temperature in enumerate(PARSE_TEMPERATURES):
        (reply,) = await ctx.child(last).ask(conversation, n=1, first=draw, by="idea", temperature=temperature)
        calls.append(reply.call)
        items = parse_list(reply.text, NAME)
        if len(items) > count:
            # Without a bound, one reply that runs away would make a tree of thousands of calls.
            ctx.note(f"{NAME}: more than {count}, the rest dropped")
        if items:
            return TextList(tuple(items[:count]), tuple(calls))
        ctx.note(f"{NAME} refused" if reply.finish == "refusal" else f"{NAME} unparsable")
    return _missing(ctx, calls)


def _missing(ctx: Context, calls: list[str]) -> TextList:
    ctx.note(f"{NAME} missing")
    return TextList((), tuple(calls))
