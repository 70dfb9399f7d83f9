"""Names of models: which backend each means, and what is refused before any work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cotbench.backends import LitellmBackend, LocalBackend, ScriptedBackend, open_backend, registry
from cotbench.core.errors import ConfigurationError

LIGHT = "import sys, cotbench.backends.registry; print([m for m in ('litellm', 'huggingface_hub', 'xllamacpp', 'pandas') if m in sys.modules])"


def test_importing_the_registry_is_light() -> None:
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", LIGHT], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_names_lead_to_backends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "check_engine", lambda: None)
    script = tmp_path / "s.yaml"
    script.write_text("default: a")
    own = tmp_path / "own.gguf"
    own.write_bytes(b"GGUF....")
    local = open_backend("local", slots=3)
    assert isinstance(local, LocalBackend)
    assert (local.name, local.max_draws) == ("local/qwen2.5-coder-0.5b", 3)
    assert open_backend("local/smollm2-135m").name == "local/smollm2-135m"
    assert open_backend(open_backend(str(own)).name).name == f"local/{own}"
    scripted = open_backend(f"scripted:{script}")
    assert isinstance(scripted, ScriptedBackend)
    assert scripted.name == f"scripted:{script}"
    remote = open_backend("gpt-4o-mini")
    assert isinstance(remote, LitellmBackend)
    assert (remote.name, remote.max_draws) == ("gpt-4o-mini", 1)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("", "not the name of a model"),
        ("local/smolm2-135m", "did you mean smollm2-135m"),
        ("nowhere/x.gguf", "there is no model file"),
        ("scripted:nowhere.yaml", "cannot read the scripted replies"),
        ("qwen2.5-coder-0.5b", "did you mean local/qwen2.5-coder-0.5b"),
    ],
)
def test_names_that_cannot_work(model: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        registry.check_model_name(model)
    assert message in str(caught.value)
    with pytest.raises(ConfigurationError):
        open_backend(model)


def test_missing_engine_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"cotbench\[local\]"):
        registry.check_model_name("local")


def test_listing_and_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COTBENCH_CACHE", str(tmp_path))
    listed = registry.describe_models()
    assert [model.name for model in listed if model.default] == ["local/qwen2.5-coder-0.5b"]
    assert not any(model.cached for model in listed)
    assert registry.default_max_tokens("local") == 512
    assert registry.default_max_tokens("gpt-4o-mini") == 4096
    assert registry.default_top_p("anthropic/claude-sonnet-4-5", 0.95) == 1.0
    assert registry.default_top_p("gpt-4o-mini", 0.95) == registry.default_top_p("claude.gguf", 0.95) == 0.95
    assert registry.default_concurrency("local/smollm2-135m") == 4
    assert registry.default_concurrency("scripted:x") == 16


def test_litellm_is_imported_ahead_only_where_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    monkeypatch.setattr(registry, "preload_litellm", lambda: begun.append("now"))
    registry.preload("scripted:x.yaml")
    assert not begun
    registry.preload("gpt-4o-mini")
    registry.preload("local")
    assert len(begun) == 2
