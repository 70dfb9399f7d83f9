"""Extract the program from a model's reply. The only implementation; graders and strategies share it."""

from __future__ import annotations

import re

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^\n]*\n(.*?)(?:^[ \t]*\1[ \t]*$|\Z)", re.S | re.M)
_PYTHON = frozenset({"", "python", "py", "python3", "py3"})
_LOOKS_LIKE_CODE = re.compile(
    r"^(?:def |class |import |from |async def |@|for |while |if |print\(|[A-Za-z_]\w*\s*=)", re.M
)


def extract_program(reply: str, *, wanted: str = "") -> str | None:
    """Return the program in a reply, or None if there is none.

    Among the fenced Python blocks the first one that defines `wanted` is taken, else the first one. A fence that
    is never closed (a reply cut at its token limit) ends with the reply. A reply without any fence counts as a
    program only if it begins like one.
    """
    blocks = [match.group(3) for match in _FENCE.finditer(reply) if match.group(2).lower() in _PYTHON]
    blocks = [block for block in blocks if block.strip()]
    if blocks:
        if wanted:
            for block in blocks:
                if re.search(rf"^\s*(?:async\s+)?(?:def|class)\s+{re.escape(wanted)}\b", block, re.M):
                    return _dedent(block)
        return _dedent(blocks[0])
    text = reply.strip("\n")
    if text and "```" not in text and _LOOKS_LIKE_CODE.match(text.lstrip()):
        return text.strip() + "\n"
    return None


def _dedent(block: str) -> str:
    lines = block.rstrip().split("\n")
    margins = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    margin = min(margins, default=0)
    # A block whose first line is a header at the margin keeps its body's indentation.
    return "\n".join(line[margin:] if line.strip() else "" for line in lines) + "\n"
