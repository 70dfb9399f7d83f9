"""What a program was seen to do on one input."""

from __future__ import annotations

from dataclasses import dataclass

from cotbench.core.verdict import Outcome


@dataclass(frozen=True, slots=True)
class Seen:
    """What a program did on one input. `passed` means that it gave an output, right or not.

    `digest` is that of the output, "" where there is none; `shown` is the output, or the reason why there is none, in
    a few words.
    """

    outcome: Outcome
    digest: str
    shown: str = ""

    @property
    def behaviour(self) -> str:
        """What tells apart what programs do: the digest of the output, or the outcome without one."""
        return self.digest or self.outcome
