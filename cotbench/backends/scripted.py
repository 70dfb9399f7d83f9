"""Canned replies from a file: a model for tests and demonstrations, the same on every machine."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from cotbench.backends.script_file import Rule, read_script
from cotbench.core.errors import BackendError
from cotbench.core.ids import text_digest
from cotbench.core.message import Completion, Finish, Request, Usage

PREFIX = "scripted:"


class ScriptedBackend:
    """Replies by the rules of a file, see `script_file`.

    A reply depends on the prompt alone (`by: prompt`), never on the order of the calls. With `by: draw` the draws
    of one prompt take turns; that counts from the start of the process. Tokens are words.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(str(path).removeprefix(PREFIX)).expanduser()
        self._script = read_script(self._path)
        self._faults: Counter[int] = Counter()
        self._draws: Counter[str] = Counter()

    @property
    def name(self) -> str:
        """`scripted:` and the file."""
        return f"{PREFIX}{self._path}"

    @property
    def max_draws(self) -> int:
        """One, so that every reply is a call of its own."""
        return 1

    @property
    def thinks(self) -> bool:
        """Canned replies are not thought about."""
        return False

    async def start(self) -> None:
        """Nothing to do: the file was read when the backend was made."""

    async def aclose(self) -> None:
        """Nothing to do."""

    async def complete(self, request: Request, draws: int) -> Sequence[Completion]:
        """Return the replies that the rules give. Raises BackendError where a rule says so, or none matches."""
        began = time.monotonic()
        prompt = "\n\n".join(message.content for message in request.messages)
        found = next(((i, rule) for i, rule in enumerate(self._script.rules) if rule.match.search(prompt)), None)
        index, rule = found if found is not None else (-1, None)
        delay = rule.delay if rule is not None else self._script.delay
        if delay:
            await asyncio.sleep(delay)
        if rule is not None:
            self._maybe_fail(index, rule)
        result: list[Completion] = []
        for _ in range(draws):
            text, finish = self._reply(rule, prompt)
            self._note(f"{text_digest(prompt)[:16]} rule {index + 1 if rule is not None else 'default'}")
            usage = Usage(prompt=len(prompt.split()) if not result else 0, completion=len(text.split()))
            result.append(Completion(text, usage, finish, 0.0, time.monotonic() - began))
        return result

    def _maybe_fail(self, index: int, rule: Rule) -> None:
        if rule.fault is None or (rule.times is not None and self._faults[index] >= rule.times):
            return
        self._faults[index] += 1
        raise BackendError(
            f"{self.name}: rule {index + 1} raises this fault ({rule.fault})",
            kind=rule.fault,
            retry_after=rule.retry_after,
        )

    def _reply(self, rule: Rule | None, prompt: str) -> tuple[str, Finish]:
        if rule is None:
            if self._script.default is None:
                raise BackendError(f"{self.name}: no rule matches and there is no default", kind="request")
            return self._script.default, "stop" if self._script.default.strip() else "empty"
        key = text_digest(prompt)
        turn = int(key[:16], 16)
        if rule.by == "draw":
            turn += self._draws[key]
            self._draws[key] += 1
        text = rule.replies[turn % len(rule.replies)]
        return text, "empty" if rule.finish == "stop" and not text.strip() else rule.finish

    def _note(self, line: str) -> None:
        if self._script.log is None:
            return
        # One unbuffered write to a file opened for appending: complete even if the process is killed right after.
        handle = os.open(self._script.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(handle, f"{line}\n".encode())
        finally:
            os.close(handle)
