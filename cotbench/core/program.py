"""Extract the program from a model's reply. The only implementation; graders and strategies share it.

The rule, also in docs/own_benchmark.md:

1. Thinking in tags (`<think>…</think>`) is no part of the answer.
2. Fenced blocks of Python are candidates, and such of no language that are valid programs or answer. A block ends at
   the first closing fence that leaves a valid program, so that a fence inside of a docstring ends nothing; if none
   does, at the first one. A block that is never closed (a reply cut at its token limit) ends with the reply.
3. Of the candidates that answer (define the wanted function, or read standard input), the last valid one is taken:
   what comes later corrects what came before. If none answers, the last valid one; blocks that say they are Python go
   before those that do not say.
4. Names that the block lacks are looked for in the other blocks: imports and definitions that stand in a block of their
   own are put before it.
5. A block that does not define the wanted function but completes the starter (the body of the function) is put behind
   the starter.
6. A reply without any fence is a program from its first line that begins like one, up to the last line that leaves it
   valid.

Anything else holds no program.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections import deque
from dataclasses import dataclass

from cotbench.core.syntax import defines, foreign_names, own_names, parse, parsed

_THOUGHT = r"(?:think|thinking|thought|thoughts|reasoning|reflection)"
_TAG = re.compile(rf"^[ \t]*<{_THOUGHT}>|^[ \t]*(?P<end></{_THOUGHT}>)|(?P<late></{_THOUGHT}>)[ \t]*$", re.M | re.I)

_FENCE = re.compile(r"^(?P<margin>[ \t]*)(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)$")
_LATE_FENCE = re.compile(r"^[^`]*[^`\s][ \t]*(?P<mark>```)(?P<info>python3?|py)[ \t]*$", re.I)
_LANGUAGE = re.compile(r"[\w+#-]+")
_PYTHON = frozenset({"python", "py", "python3", "py3"})
_TRANSPARENT = frozenset({"markdown", "md"})
_CLOSERS_TRIED = 12
_MOST_BLOCKS = 64

_BEGINS = re.compile(
    r"(?:async\s+)?def \w+\s*\(|class \w+\s*[(:]"
    r"|from [\w.]+ import |import [\w.]+(?: as \w+)?(?:\s*,\s*[\w.]+(?: as \w+)?)*\s*(?:#.*)?$|@\w[\w.]*(?:\(.*\))?$"
)
_BEGINS_PERHAPS = re.compile(r"(?:for|while|if|with|try|print|return)\b.*[:)]\s*(?:#.*)?$|[A-Za-z_][\w, ]*[-+*/]?=")
_READS_INPUT = re.compile(r"\binput\s*\(|\bstdin\b|\bopen\s*\(\s*(?:0|['\"]/dev/stdin)")
_ENDS_TRIED = 40


@dataclass(frozen=True, slots=True)
class _Block:
    """A fenced block: `code` without its margin, `raw` with it; `tree` is None if the code is not valid."""

    code: str
    raw: str
    tagged: bool
    tree: ast.Module | None


def extract_program(reply: str, *, wanted: str = "", starter: str = "") -> str | None:
    """Return the program in a reply by the rule above, or None if there is none.

    `wanted` is the function that it must define (empty for programs that read standard input); `starter` the code that
    the reply may go on with instead of repeating it.
    """
    text = _answer(reply.replace("\r\n", "\n").replace("\r", "\n"))
    fenced, blocks = _blocks(text)
    if not fenced:
        return _unfenced(text, wanted, starter)
    blocks = [block for block in blocks if block.tagged or _answers(block, wanted) or _does_something(block)]
    if not blocks:
        return None
    _, best = max(enumerate(blocks), key=lambda item: (*_rank(item[1], wanted), item[0]))
    if wanted and starter and not defines(best.code, wanted):
        for block in reversed(blocks):
            completed = _completed(starter, block.raw, wanted)
            if completed is not None:
                return completed
    return _with_missing(best, blocks, wanted)


def _answer(text: str) -> str:
    """Return a reply without what was thought before it; nothing if the thinking never ended."""
    kept: list[str] = []
    thinking, place = False, 0
    for tag in _TAG.finditer(text):
        if tag["end"] or tag["late"]:
            if not thinking:
                # Some servers leave the opening tag in the prompt.
                kept = []
            thinking, place = False, tag.end()
        elif not thinking:
            kept.append(text[place : tag.start()])
            thinking = True
    return "".join(kept) if thinking else "".join([*kept, text[place:]])


def _blocks(text: str) -> tuple[bool, list[_Block]]:
    """Return whether a text has any fence, and the last of its blocks that may be Python."""
    lines = text.split("\n")
    found: deque[_Block] = deque(maxlen=_MOST_BLOCKS)
    fenced, place = False, 0
    while place < len(lines):
        opener = _FENCE.match(lines[place]) or _LATE_FENCE.match(lines[place])
        place += 1
        if opener is None:
            continue
        fenced = True
        language = _language(opener["info"])
        if language in _TRANSPARENT:
            continue
        python = language in _PYTHON or not language
        end, block = _read_block(lines, place, opener["mark"], python, bool(language))
        if python and block.code.strip():
            found.append(block)
        place = end + (end < len(lines) and not _opens(lines[end]))
    return fenced, list(found)


def _read_block(lines: list[str], start: int, mark: str, python: bool, tagged: bool) -> tuple[int, _Block]:
    """Return the block that begins at line `start`, and the index of its closing fence, or past the last line."""
    first: tuple[int, _Block] | None = None
    tried = 0
    for place in range(start, len(lines)):
        if not lines[place].lstrip().startswith(mark):
            continue
        block = _block(lines[start:place], tagged, python)
        if not python or block.tree is not None:
            return place, block
        first = first or (place, block)
        tried += 1
        if tried == _CLOSERS_TRIED:
            break
    return first or (len(lines), _block(lines[start:], tagged, python))


def _opens(line: str) -> bool:
    """Whether a fence can only be the beginning of a block: it names a language."""
    fence = _FENCE.match(line)
    return fence is not None and _language(fence["info"]) in _PYTHON


def _language(info: str) -> str:
    found = _LANGUAGE.search(info)
    return found[0].lower() if found else ""


def _block(lines: list[str], tagged: bool, python: bool) -> _Block:
    raw = "\n".join(lines).rstrip().removesuffix("```").rstrip()
    code = _dedent(raw)
    return _Block(code, raw, tagged, parsed(code) if python else None)


def _rank(block: _Block, wanted: str) -> tuple[bool, bool, bool]:
    return _answers(block, wanted), block.tree is not None, block.tagged


def _answers(block: _Block, wanted: str) -> bool:
    return defines(block.code, wanted) if wanted else _READS_INPUT.search(block.code) is not None


def _does_something(block: _Block) -> bool:
    """Whether a block is a valid program and more than a few values, which are somebody's output."""
    values = (ast.Constant, ast.Name, ast.Tuple, ast.List)
    return block.tree is not None and not all(
        _is_prose(statement) or (isinstance(statement, ast.Expr) and isinstance(statement.value, values))
        for statement in block.tree.body
    )


def _with_missing(best: _Block, blocks: list[_Block], wanted: str) -> str:
    """Return the block's program after the other blocks that import or define what it uses and does not have."""
    if best.tree is None:
        return best.code
    missing = foreign_names(best.tree)
    before: list[str] = []
    for block in blocks:
        if block is best or block.tree is None or (wanted and defines(block.code, wanted)):
            continue
        given = own_names(block.tree)
        if given and given & missing:
            before.append(block.code)
            missing = (missing | foreign_names(block.tree)) - given
    return "".join(f"{code}\n" for code in before) + best.code


def _unfenced(text: str, wanted: str, starter: str) -> str | None:
    lines = text.strip("\n").split("\n")
    for place, line in enumerate(lines):
        if _BEGINS.match(line):
            return _longest_valid(lines[place:]) or _dedent("\n".join(lines[place:]))
    if starter:
        completed = _completed(starter, "\n".join(lines), wanted)
        if completed is not None:
            return completed
    for place, line in enumerate(lines):
        if _BEGINS_PERHAPS.match(line):
            return _longest_valid(lines[place:])
    return None


def _completed(starter: str, body: str, wanted: str) -> str | None:
    """Return starter and body as one program that defines `wanted`; None if they do not make one."""
    header = starter.rstrip()
    if not header or not body.strip():
        return None
    last = [line for line in header.split("\n") if re.match(r"\s*(?:async\s+)?def ", line)]
    indent = re.match(r"\s*", last[-1])[0] + "    " if last else ""  # type: ignore[index]
    for shape in (body, "\n".join(indent + line if line.strip() else line for line in _dedent(body).split("\n"))):
        lines = f"{header}\n{shape.rstrip()}".split("\n")
        code = _longest_valid(lines, least=header.count("\n") + 2)
        if code is not None and defines(code, wanted):
            return code
    return None


def _longest_valid(lines: list[str], least: int = 1) -> str | None:
    """Return the longest beginning of the lines that is a valid program of `least` lines or more, else None.

    It ends where the next line, which is not part of it, begins at the margin: prose never begins inside a block.
    """
    first = next((place for place, line in enumerate(lines) if line.strip()), 0)
    end = len(lines)
    for _ in range(_ENDS_TRIED):
        code = _dedent("\n".join(lines[first:end]))
        tree, fault = parse(code)
        if tree is not None and tree.body:
            words = list(itertools.takewhile(_is_prose, reversed(tree.body)))
            if not words:
                return code
            fault = words[-1].lineno
        # No end behind the first fault can mend it.
        end = min(end, first + fault) - 1 if fault else end - 1
        while end >= least and not lines[end][:1].strip():
            end -= 1
        if end < least:
            return None
    return None


def _is_prose(statement: ast.stmt) -> bool:
    """Whether a statement is a word or two that happen to be valid: `Explanation`, `Note: text`."""
    match statement:
        case ast.Expr(value=ast.Name()) | ast.AnnAssign(value=None):
            return True
    return False


def _dedent(block: str) -> str:
    """Return a block without the margin of its first line, where a line has it, and with one newline at the end."""
    lines = block.rstrip().split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    first = lines[0] if lines else ""
    margin = first[: len(first) - len(first.lstrip())]
    return "\n".join(line.removeprefix(margin) if line.strip() else "" for line in lines) + "\n"
