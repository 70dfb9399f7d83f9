"""Which beginnings of prompts repeat, so that a provider's cache can be told where they end."""

from __future__ import annotations

from collections import OrderedDict

_BYTES_PER_TOKEN = 4
_HEAD = 200
_REMEMBERED = 256


class Prefixes:
    """Remembers how prompts begin. Every prompt on a problem begins with its statement, so the second one shows it.

    A mark costs a quarter more for what it writes, so nothing is marked that was not seen twice. `minimum` is in
    tokens; what is shorter is not kept by the provider. The last few hundred beginnings are remembered.
    """

    def __init__(self, minimum: int) -> None:
        self._shortest = minimum * _BYTES_PER_TOKEN
        self._seen: OrderedDict[str, tuple[str, int]] = OrderedDict()

    def shared(self, text: str) -> int:
        """Return how many characters at the beginning of `text` other prompts had too, 0 where that is too little."""
        if len(text) < self._shortest:
            return 0
        head = text[:_HEAD]
        before, known = self._seen.get(head, ("", 0))
        if known and text.startswith(before[:known]):
            self._seen.move_to_end(head)
            return known
        length = _common(before, text)
        self._seen[head] = (text, length if length >= self._shortest else 0)
        self._seen.move_to_end(head)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return self._seen[head][1]


def _common(first: str, second: str) -> int:
    """Return the length of the common beginning, cut at the end of a paragraph unless the texts are equal."""
    length = next(
        (place for place, (one, other) in enumerate(zip(first, second, strict=False)) if one != other),
        min(len(first), len(second)),
    )
    if length == len(first) == len(second):
        return length
    return second.rfind("\n\n", 0, length) + 2 if "\n\n" in second[:length] else 0
