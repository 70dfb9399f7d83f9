"""Extra parameters of a provider decide which run it is; doubtful counts and failed parses are told."""

from __future__ import annotations

import json

import yaml

from tests.conftest import Workspace
from tests.flow.serving import ChatServer, completion

RUN = "repeated-m-problems"


def test_extra_parameters_are_part_of_what_a_run_is(workspace: Workspace) -> None:
    server = ChatServer(lambda body: completion("```python\ndef double(x):\n    return 2 * x\n```", usage={}))
    base = ["run", "-s", "repeated", "-m", "m", "-b", "problems.jsonl", "-n", "1", "--limit", "1"]
    base += ["--api-base", server.url]
    try:
        done = workspace.cot(*base, "--set-model", "reasoning_effort=low", "--set-model", "top_k=5")
        high = workspace.cot(*base, "--set-model", "reasoning_effort=high")
    finally:
        server.close()
    assert done.returncode == 0, done.stderr
    assert "tokens of 1 of 1 reply estimated" in done.stdout
    assert "--set-model 'reasoning_effort=\"low\"' --set-model top_k=5" in done.stdout
    (body,) = server.bodies
    assert (body["reasoning_effort"], body["top_k"]) == ("low", 5)
    spec = yaml.safe_load((workspace.results / RUN / "spec.yaml").read_text())
    assert spec["extra"] == {"reasoning_effort": "low", "top_k": 5}
    (call,) = workspace.rows(RUN, "calls")
    assert call["fields"]["extra reasoning_effort"] == '"low"'  # type: ignore[index]
    assert call["usage"]["estimated"] is True and call["usage"]["prompt"] > 20  # type: ignore[index]
    assert high.returncode == 2
    assert "extra reasoning_effort: low → high; extra top_k: 5 → None" in high.stderr


def test_lists_that_could_not_be_read_are_counted(workspace: Workspace) -> None:
    text = (workspace.path / "script.yaml").read_text()
    first = "rules:\n"
    bad = first + "  - match: '(?s)Write `double.*of the form .\"observations\"'\n    reply: 'I see nothing.'\n"
    (workspace.path / "script.yaml").write_text(text.replace(first, bad))
    done = workspace.cot(*workspace.run_arguments("plansearch", "--json"))
    assert done.returncode == 0, done.stderr
    units = {str(row["problem"]): row["counters"] for row in workspace.rows("plansearch-script-problems", "units")}
    assert units["double"]["observations missing"] >= 1  # type: ignore[index]
    assert units["double"]["observations unparsable"] >= 1  # type: ignore[index]
    assert "observations unparsable" not in units["square"]  # type: ignore[operator]
    notes = " ".join(json.loads(done.stdout)["notes"])
    assert f"observations unparsable × {units['double']['observations unparsable']}" in notes  # type: ignore[index]
