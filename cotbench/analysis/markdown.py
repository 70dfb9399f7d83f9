"""Tables in GitHub markdown."""

from __future__ import annotations

from collections.abc import Sequence


def markdown_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; its first column is flush left, the others flush right."""
    lines = [heads, ["---", *("---:" for _ in heads[1:])], *rows]
    return "\n".join(f"| {' | '.join(markdown_cell(cell) for cell in line)} |" for line in lines)


def markdown_cell(text: str) -> str:
    """Return a text that markdown shows as it is, on one line."""
    return " ".join(text.replace("\\", "\\\\").replace("|", "\\|").split())
