"""The rules that keep the code in layers, read from the source itself."""

from __future__ import annotations

import ast
import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from cotbench.core.problem import CallCase, Entry, Problem, ProblemView

PACKAGE = Path(__file__).parent.parent / "cotbench"

ALLOWED: dict[str, set[str]] = {
    "core": set(),
    "wheels": {"core"},
    "latent": {"core"},
    "stats": {"core"},
    "selectors": {"core", "stats"},
    "grading": {"core"},
    "benchmarks": {"core", "wheels", "latent"},
    "backends": {"core", "wheels", "latent"},
    "strategies": {"core"},
    "store": {"core"},
    "engine": {"core", "stats", "grading", "benchmarks", "backends", "strategies", "selectors", "store"},
    "analysis": {"core", "stats", "store"},
    "plots": {"core", "stats", "analysis"},
    "config": {"core"},
}
HEAVY = ("litellm", "datasets", "pandas", "matplotlib", "pyarrow", "ray", "scipy", "xllamacpp", "huggingface_hub")
BANNED_NAMES = {"Sample", "Task", "Model", "Eval", "Test", "Util", "Utils", "Helper", "Common", "Manager"}

MODULES = sorted(PACKAGE.rglob("*.py"))


def _name(path: Path) -> str:
    return str(path.relative_to(PACKAGE.parent))


def _imports(tree: ast.AST) -> list[str]:
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.append(node.module)
    return found


def _functions(tree: ast.AST) -> list[ast.AST]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_module_keeps_the_rules(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert len(text.splitlines()) <= 300, "over 300 lines"
    assert ast.get_docstring(tree), "no paragraph that says what the module holds"
    relative = path.relative_to(PACKAGE).parts
    layer = relative[0] if len(relative) > 1 else ""
    own = [name for name in _imports(tree) if name.split(".")[0] == "cotbench"]
    if layer in ALLOWED:
        used = {name.split(".")[1] for name in own if "." in name} - {layer, "_version"}
        assert used <= ALLOWED[layer], f"{layer} must not import {used - ALLOWED[layer]}"
    for function in _functions(tree):
        inside = [name for name in _imports(function) if name.split(".")[0] == "cotbench"]
        assert not inside, f"function-local import of {inside}"
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            assert node.name.lstrip("_") not in BANNED_NAMES, f"{node.name} is not in the glossary"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_nothing_outside_the_sandbox_is_evaluated(path: Path) -> None:
    inside_sandbox = path.parent.name == "inside"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not inside_sandbox:
            assert node.func.id not in ("eval", "exec"), f"line {node.lineno}"
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            assert not {"pickle", "marshal", "shelve"} & set(names) or inside_sandbox, f"line {node.lineno}"


def test_core_uses_the_standard_library_only() -> None:
    for path in (PACKAGE / "core").glob("*.py"):
        roots = {name.split(".")[0] for name in _imports(ast.parse(path.read_text(encoding="utf-8")))}
        assert roots <= {*sys.stdlib_module_names, "cotbench"}, path


@pytest.mark.parametrize("arguments", [["-c", "import cotbench"], ["-m", "cotbench", "--help"]])
def test_heavy_libraries_are_not_imported(arguments: list[str]) -> None:
    command = [sys.executable, "-X", "importtime", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    imported = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert not imported & set(HEAVY)
    assert "numpy" not in imported


def test_a_view_has_no_path_to_hidden_cases() -> None:
    secret = "the hidden answer"
    problem = Problem(
        id="p",
        statement="s",
        entry=Entry("function", "f"),
        hidden=(CallCase((1,), secret),),
        public=(CallCase((0,), 0),),
    )
    view = problem.view()
    assert {field.name for field in dataclasses.fields(ProblemView)} == {
        "id",
        "statement",
        "entry",
        "starter",
        "public",
    }
    assert secret not in repr(view)
    reachable = [view, *(getattr(view, name) for name in dir(view) if not name.startswith("__"))]
    assert not any(isinstance(item, Problem) for item in reachable)
