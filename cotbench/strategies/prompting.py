"""Prompts: template files beside the strategies, filled in by Jinja, and digested into the manifest.

Every question begins with the same problem text, so that providers and local servers can reuse the prefix.
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

SHARED = "shared"


def render(template: str, view: ProblemView, **values: object) -> str:
    """Fill in `prompts/<template>.md` for a problem; a missing value is an error, never an empty string."""
    return _environment().get_template(f"{template}.md").render(view=view, **values).strip()


def fill(text: str, view: ProblemView, **values: object) -> str:
    """Fill in a template that is given as a text. Besides `values` it may use:

    `{{ problem }}`, the statement with its starter code; `{{ answer }}`, the request for a program in one block of
    code; `{{ view }}`, the ProblemView. A value that is missing is an error.
    """
    shared = {name: render(f"{SHARED}/{name}", view) for name in ("problem", "answer")}
    return _environment().from_string(text).render(view=view, **shared, **values).strip()


def prompt(template: str, view: ProblemView, **values: object) -> tuple[Message, ...]:
    """Return the filled template as a conversation of one message."""
    return (user(render(template, view, **values)),)


def template_digests(*folders: str) -> dict[str, str]:
    """Return the SHA-256 of every template in the given folders, by name."""
    digests: dict[str, str] = {}
    for folder in (SHARED, *folders):
        for file in sorted((files(__package__) / "prompts" / folder).iterdir(), key=lambda item: item.name):
            digests[f"{folder}/{file.name}"] = text_digest(file.read_text(encoding="utf-8"))
    return digests


@functools.cache
def _environment() -> Environment:
    # Imported here: listing the strategies must not pay for a template engine.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("cotbench.strategies", "prompts"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
