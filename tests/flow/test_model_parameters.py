"""Extra parameters of a provider decide which run it is; doubtful counts and failed parses are told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.conftest import Workspace
from tests.flow.serving import Answer, ChatServer, completion

PROGRAM = "```python\ndef double(x):\n    return 2 * x\n```"
RUN = "repeated-m-problems"


@pytest.fixture
def server() -> Iterator[ChatServer]:
    served = ChatServer(lambda body: completion(PROGRAM, usage={}))
    yield served
    served.close()


def arguments(server: ChatServer, *more: str) -> list[str]:
    return ["run", "-s", "repeated", "-m", "m", "-b", "problems.jsonl", "-n", "1", "--api-base", server.url, *more]


def test_extra_parameters_are_part_of_what_a_run_is(workspace: Workspace, server: ChatServer) -> None:
    low = arguments(server, "--limit", "1", "--set-model", "reasoning_effort=low", "--set-model", "top_k=5")
    done = workspace.cot(*low)
    assert done.returncode == 0, done.stderr
    assert "tokens of 1 of 1 reply estimated" in done.stdout
    assert (server.bodies[0]["reasoning_effort"], server.bodies[0]["top_k"]) == ("low", 5)
    spec = yaml.safe_load((workspace.results / RUN / "spec.yaml").read_text())
    assert spec["extra"] == {"reasoning_effort": "low", "top_k": 5}
    (call,) = workspace.rows(RUN, "calls")
    assert call["fields"]["extra reasoning_effort"] == '"low"'  # type: ignore[index]
    assert call["usage"]["estimated"] is True and call["usage"]["prompt"] > 20  # type: ignore[index]
    assert "is complete" in workspace.cot(*low).stderr
    high = workspace.cot(*arguments(server, "--limit", "1", "--set-model", "reasoning_effort=high"))
    assert high.returncode == 2
    assert "extra reasoning_effort: low → high; extra top_k: 5 → None" in high.stderr
    assert len(server.bodies) == 1
    # The same run, asked with another value behind the back of its identity: the stored call says what changed.
    spec["extra"]["reasoning_effort"] = "high"
    (workspace.results / RUN / "spec.yaml").write_text(yaml.safe_dump(spec))
    (workspace.results / RUN / "units").rename(workspace.path / "units")
    changed = workspace.cot("run", "--config", str(workspace.results / RUN / "spec.yaml"))
    assert changed.returncode == 2
    assert "was made with another extra reasoning_effort" in changed.stderr


def test_a_run_of_an_older_version_goes_on(workspace: Workspace) -> None:
    base = workspace.run_arguments("repeated")
    assert workspace.cot(*base[:-1], "1").returncode == 0
    path = workspace.results / "repeated-script-problems"
    spec = yaml.safe_load((path / "spec.yaml").read_text())
    for name in ("extra", "prompt_cache"):
        del spec[name]
    (path / "spec.yaml").write_text(yaml.safe_dump(spec))
    for shard in (path / "calls").glob("*.jsonl"):
        rows = [json.loads(line) for line in shard.read_text().splitlines()]
        for row in rows:
            del row["usage"]["estimated"]
        shard.write_text("".join(json.dumps(row) + "\n" for row in rows))
    answered = len(workspace.answered)
    done = workspace.cot(*base[:-1], "2")
    assert done.returncode == 0, done.stderr
    assert (answered, len(workspace.answered)) == (3, 6)
    assert "estimated" not in done.stdout


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("model=x", "extra must not set model (--model does)"),
        ("n=3", "extra must not set n: cotbench decides it"),
        ("stream=true", "extra must not set stream"),
        ("seed=1", "all draws of a prompt would come out the same"),
        ("mock_response=x", "extra must not set mock_response"),
        ('extra_headers={"a": "b"}', "extra must not set extra_headers"),
        ("reasoning_effort", "not of the form key=value"),
    ],
)
def test_what_extra_parameters_may_not_be(workspace: Workspace, flag: str, message: str) -> None:
    done = workspace.cot("run", "-m", "gpt-4o-mini", "-b", "problems.jsonl", "--set-model", flag)
    assert done.returncode == 2, done.stderr
    assert message in " ".join(done.stderr.split())


def test_lists_that_could_not_be_read_are_counted(workspace: Workspace) -> None:
    def answer(body: dict[str, Any]) -> Answer:
        prompt = body["messages"][-1]["content"]
        if '"observations"' in prompt:
            bad = "`double" in prompt
            return completion("I see nothing." if bad else '{"observations": ["it is short", "x may be zero"]}')
        if "How would you solve it" in prompt:
            return completion("Use a formula.")
        return completion(PROGRAM, finish="length")

    server = ChatServer(answer)
    try:
        more = ["-s", "plansearch", "--limit", "all", "-n", "2", "--json"]
        done = workspace.cot(
            *[word for word in arguments(server, *more) if word != "repeated"][0:1], *arguments(server, *more)[3:]
        )
    finally:
        server.close()
    assert done.returncode == 0, done.stderr
    units = {str(row["problem"]): row["counters"] for row in workspace.rows("plansearch-m-problems", "units")}
    assert units["double"]["observations missing"] >= 1  # type: ignore[index]
    assert "observations missing" not in units["square"]  # type: ignore[operator]
    notes = " ".join(json.loads(done.stdout)["notes"])
    assert "observations missing × " in notes
    assert "cut at their token limit" in notes
