"""Prompts of the selectors that ask a model: template files beside them, filled in by Jinja.

Each begins with the problem as the strategies' own templates tell it, so that prefixes can be reused.
"""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import TYPE_CHECKING

from cotbench.core.ids import text_digest
from cotbench.core.message import Message, user
from cotbench.core.problem import ProblemView

if TYPE_CHECKING:
    from jinja2 import Environment

_PROBLEM = ("cotbench.strategies", "shared/problem.md")


def prompt(template: str, view: ProblemView, **values: object) -> tuple[Message, ...]:
    """Return `prompts/<template>.md`, filled in, as a conversation of one message; a missing value is an error."""
    return (user(_environment().get_template(f"{template}.md").render(view=view, **values).strip()),)


def template_digests(folder: str) -> dict[str, str]:
    """Return the SHA-256 of every template that a selector's prompts are made of, by name."""
    package, shared = _PROBLEM
    found = {shared: text_digest((files(package) / "prompts" / shared).read_text(encoding="utf-8"))}
    for file in sorted((files(__package__) / "prompts" / folder).iterdir(), key=lambda item: item.name):
        found[f"{folder}/{file.name}"] = text_digest(file.read_text(encoding="utf-8"))
    return found


@functools.cache
def _environment() -> Environment:
    # Imported here: listing the selectors must not pay for a template engine.
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=ChoiceLoader([PackageLoader(__package__, "prompts"), PackageLoader(_PROBLEM[0], "prompts")]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
