"""The embedded local model as a backend: it finds the file, runs the server, and talks to it through litellm."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cotbench.backends.litellm_access import NO_KEY
from cotbench.backends.litellm_backend import LitellmBackend
from cotbench.backends.litellm_library import load_litellm
from cotbench.backends.local.assemble import Progress
from cotbench.backends.local.catalogue import PREFIX, find_row, is_model_file, model_file
from cotbench.backends.local.fetch import ensure_model
from cotbench.backends.local.server import ModelServer, ServerOptions, check_engine
from cotbench.backends.local.wire import request_json
from cotbench.core.errors import BackendError
from cotbench.core.message import Completion, Request

_DEATH_SECONDS = 2.0


class LocalBackend:
    """Replies from a model that runs on this machine.

    `model` is `local` (the catalogue's default), `local/NAME`, or a path that ends in `.gguf`. `slots` is how many
    draws are computed side by side, `context` the tokens of each, `timeout` the seconds per request. `progress`
    hears about a fetch of the model file.
    """

    def __init__(
        self,
        model: str = "local",
        *,
        slots: int = 4,
        context: int = 4096,
        timeout: float = 600.0,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._thinks = is_model_file(model)
        if self._thinks:
            path = model_file(model)
            self._source = str(path)
            self._alias = path.stem
            self._name = PREFIX + model.removeprefix(PREFIX)
        else:
            row = find_row(model)
            context = min(context, row.context)
            self._source = self._alias = row.name
            self._name = PREFIX + row.name
        self._slots = max(1, slots)
        self._context = context
        self._timeout = timeout
        self._threads = threads
        self._progress = progress
        self._server: ModelServer | None = None
        self._client: LitellmBackend | None = None
        self._restarting = asyncio.Lock()
        self._starts = 0

    @property
    def name(self) -> str:
        """`local/` and the name of the model or the path of its file."""
        return self._name

    @property
    def thinks(self) -> bool:
        """The catalogue's models do not; a file of the user's may."""
        return self._thinks

    @property
    def max_draws(self) -> int:
        """One draw per slot."""
        return self._slots

    @property
    def server_pid(self) -> int | None:
        """The process id of the server, or None when none is running."""
        return self._server.pid if self._server is not None else None

    async def start(self) -> None:
        """Fetch the model if it is not here yet, and start its server.

        Raises ConfigurationError if the engine is not installed, BackendError (`unavailable`) if the model cannot
        be had or does not start.
        """
        if self._server is not None:
            return
        check_engine()
        path = await self._fetch()
        self._server = ModelServer(
            ServerOptions(path, self._alias, self._slots, context=self._context, threads=self._threads)
        )
        # Both take seconds; side by side, the slower one decides.
        loading = asyncio.create_task(asyncio.to_thread(load_litellm))
        try:
            await self._launch()
        except BaseException:
            await self.aclose()
            raise
        finally:
            await asyncio.gather(loading, return_exceptions=True)

    async def complete(self, request: Request, draws: int) -> Sequence[Completion]:
        """Return `draws` replies, computed side by side. A server that dies is started once more per call."""
        started = self._starts
        try:
            return await self._ask(request, draws)
        except BackendError as error:
            await self._after(error, started)
        try:
            return await self._ask(request, draws)
        except BackendError as error:
            if self._server is None or not await self._server.died(within=_DEATH_SECONDS):
                raise
            raise self._dead("died twice during one call") from error

    async def aclose(self) -> None:
        """End the server and close the connections to it."""
        client, self._client = self._client, None
        server, self._server = self._server, None
        try:
            if client is not None:
                await client.aclose()
        finally:
            if server is not None:
                await server.stop()

    async def _fetch(self) -> Path:
        unwanted = threading.Event()
        try:
            return await asyncio.to_thread(ensure_model, self._source, self._progress, stop=unwanted.is_set)
        finally:
            # The thread cannot be cancelled; it looks at this between its steps.
            unwanted.set()

    async def _launch(self) -> None:
        assert self._server is not None
        await self._server.start()
        self._starts += 1
        old, self._client = (
            self._client,
            LitellmBackend(
                f"openai/{self._alias}",
                api_base=f"http://127.0.0.1:{self._server.port}/v1",
                timeout=self._timeout,
                key=NO_KEY,
                structured=True,
                max_draws=self._slots,
                usd=0.0,
            ),
        )
        await self._client.start()
        if old is not None:
            await old.aclose()

    async def _after(self, error: BackendError, started: int) -> None:
        """Bring the server back if its death is why a call failed; else raise the call's error."""
        if self._server is None or error.kind not in ("connection", "server", "timeout", "unavailable"):
            raise error
        async with self._restarting:
            if self._server is None:
                raise error
            if self._starts != started:
                return
            if not await self._server.died(within=_DEATH_SECONDS):
                raise error
            await self._launch()

    def _dead(self, how: str) -> BackendError:
        words = self._server.last_words() if self._server is not None else ""
        return BackendError(
            f"the server of {self._name} {how}: {words}", kind="unavailable", hint="it may lack memory: use fewer slots"
        )

    async def _ask(self, request: Request, draws: int) -> Sequence[Completion]:
        client, server = self._client, self._server
        if client is None or server is None:
            raise BackendError(f"{self._name}: not started", kind="unavailable")
        try:
            replies = await client.complete(request, draws)
        except BackendError as error:
            message = error.message.replace(client.name, self._name, 1)
            raise BackendError(message, kind=error.kind, hint=error.hint, retry_after=error.retry_after) from None
        if draws == 1:
            return replies
        counts = await asyncio.gather(*(self._count(server.port, reply) for reply in replies))
        return [
            replace(reply, usage=replace(reply.usage, completion=count, estimated=False))
            for reply, count in zip(replies, counts, strict=True)
        ]

    async def _count(self, port: int, reply: Completion) -> int:
        """Count the tokens of one of several draws: the server's own count covers only one of them."""
        try:
            _, answer = await request_json(port, "/tokenize", {"content": reply.text})
            tokens = answer.get("tokens") if isinstance(answer, dict) else None
        except (OSError, ValueError):
            tokens = None
        if not isinstance(tokens, list):
            return reply.usage.completion
        # The token that ended the text is generated, too.
        return len(tokens) + (0 if reply.finish == "length" else 1)
