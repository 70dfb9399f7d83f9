"""Replies from the ledger of another run: `replay:RUN`. Nothing is asked and nothing is paid.

A call is found by its unit, path and draw, and must have been asked for in the same words with the same sampling;
only the name of the model is not compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cotbench.core.errors import BackendError
from cotbench.core.ids import call_key, request_fields
from cotbench.core.message import Completion, Request

REPLAY = "replay:"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A call of the other run: the fields of its request, and its reply."""

    fields: Mapping[str, str]
    completion: Completion


class ReplayBackend:
    """Replies from `calls`, by their keys in the run called `run`. `thinks` is what the model of that run did."""

    def __init__(self, name: str, run: str, calls: Mapping[str, Recorded], *, thinks: bool) -> None:
        self._name = name
        self._run = run
        self._calls = calls
        self._thinks = thinks

    @property
    def name(self) -> str:
        """`replay:` and the run, as it was given."""
        return self._name

    @property
    def max_draws(self) -> int:
        """One, so that a miss names its call."""
        return 1

    @property
    def thinks(self) -> bool:
        """Whether the recorded model does, so that the same limits are asked for."""
        return self._thinks

    async def start(self) -> None:
        """Nothing to do: the ledger was read when the backend was made."""

    async def aclose(self) -> None:
        """Nothing to do."""

    async def complete(self, request: Request, draws: int) -> Sequence[Completion]:
        """Return the recorded replies. Raises BackendError that names a call that is not there, or what differs."""
        place = request.place
        if place is None:
            raise BackendError(f"{self._name}: the request does not say where it is made", kind="request")
        found: list[Completion] = []
        for draw in range(place.draw, place.draw + draws):
            key = call_key(place.problem, place.unit, place.path, draw)
            call = self._calls.get(key)
            if call is None:
                raise BackendError(
                    f"the run {self._run} has no call {key}",
                    kind="request",
                    hint="it was made with other settings, or did not get so far",
                )
            wanted = request_fields("", request)
            differing = [name for name in wanted if name != "model" and call.fields.get(name) != wanted[name]]
            if differing:
                raise BackendError(
                    f"call {key} was made with another {' and '.join(differing)} in the run {self._run}",
                    kind="request",
                    hint="replay it with the settings and the version of cotbench that it was made with",
                )
            found.append(call.completion)
        return found
