"""Scripted replies: what they depend on, what they log, and which files are refused."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cotbench.backends import ScriptedBackend
from cotbench.core.errors import BackendError, ConfigurationError
from cotbench.core.message import Completion, Request, Sampling, user


def backend(tmp_path: Path, text: str) -> ScriptedBackend:
    path = tmp_path / "script.yaml"
    path.write_text(text)
    return ScriptedBackend(f"scripted:{path}")


def ask(made: ScriptedBackend, *prompts: str) -> list[Completion]:
    async def all_of_them() -> list[Completion]:
        return [(await made.complete(Request((user(prompt),), Sampling()), 1))[0] for prompt in prompts]

    return asyncio.run(all_of_them())


def test_first_matching_rule_then_default(tmp_path: Path) -> None:
    made = backend(tmp_path, "rules:\n- {match: 'sum', reply: add}\n- {match: 's', reply: other}\ndefault: none\n")
    replies = ask(made, "the sum", "is", "dog")
    assert [reply.text for reply in replies] == ["add", "other", "none"]
    assert replies[0].usage.prompt == 2
    assert replies[0].usage.completion == 1
    assert replies[0].finish == "stop"


def test_reply_depends_on_the_prompt_not_on_the_order(tmp_path: Path) -> None:
    text = "rules:\n- {match: '', replies: [a, b, c, d, e]}\n"
    prompts = [f"prompt {number}" for number in range(20)]
    forward = [reply.text for reply in ask(backend(tmp_path, text), *prompts)]
    backward = [reply.text for reply in ask(backend(tmp_path, text), *reversed(prompts))]
    assert forward == backward[::-1]
    assert len(set(forward)) > 2
    assert len({reply.text for reply in ask(backend(tmp_path, text), *["same"] * 5)}) == 1


def test_draws_can_take_turns(tmp_path: Path) -> None:
    made = backend(tmp_path, "rules:\n- {match: '', replies: [a, b, c], by: draw}\n")
    assert {reply.text for reply in ask(made, "p", "p", "p")} == {"a", "b", "c"}


def test_log_has_one_line_per_reply(tmp_path: Path) -> None:
    made = backend(tmp_path, "log: answered.txt\ndefault: ok\nrules: [{match: bad, fault: server}]\n")
    ask(made, "one", "two")
    with pytest.raises(BackendError):
        ask(made, "bad")
    assert len((tmp_path / "answered.txt").read_text().splitlines()) == 2


def test_fault_so_many_times(tmp_path: Path) -> None:
    made = backend(tmp_path, "rules: [{match: x, fault: rate, times: 2, reply: fine, retry_after: 0.5}]\n")
    for _ in range(2):
        with pytest.raises(BackendError) as caught:
            ask(made, "x")
        assert (caught.value.kind, caught.value.retry_after) == ("rate", 0.5)
    assert ask(made, "x")[0].text == "fine"


def test_finish_and_empty(tmp_path: Path) -> None:
    made = backend(tmp_path, "rules: [{match: cut, reply: def, finish: length}, {match: 'no', reply: ''}]\n")
    assert [reply.finish for reply in ask(made, "cut", "no")] == ["length", "empty"]


def test_nothing_matches(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match="no rule matches"):
        ask(backend(tmp_path, "rules: [{match: x, reply: y}]"), "a")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rules:\n- {match: x\n- y", "line 3"),
        ("- a", "expected a mapping"),
        ("rules: [{match: '(', reply: a}]", "rule 1: `match` is not a regular expression"),
        ("rules: [{match: no, reply: a}]", "rule 1: `match` must be a text"),
        ("rules: [{match: x}]", "rule 1: `reply` or `replies`"),
        ("rules: [{match: x, reply: 3}]", "must be texts"),
        ("rules: [{match: x, fault: rat}]", "did you mean rate"),
        ("rules: [{match: x, replys: a}]", "unknown key replys"),
        ("delay: fast\ndefault: a", "`delay` must be a number"),
        ("delay: 1", "neither a rule nor a default"),
    ],
)
def test_bad_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        backend(tmp_path, text)
    assert message in str(caught.value)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        ScriptedBackend(tmp_path / "none.yaml")
