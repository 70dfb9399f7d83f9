"""How far programs are apart that are not equal: edit distance between sequences of words.

Levenshtein's distance (insert, delete, replace, each at cost 1) divided by the length of the longer sequence: 0 for
equal ones, 1 where nothing is in common.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rapidfuzz.distance import Levenshtein

from cotbench.stats.streams import stream

_SURROGATES = range(0xD800, 0xE000)


def mean_distance(sequences: Sequence[Sequence[str]], pairs: Iterable[tuple[int, int]]) -> float | None:
    """Return the mean normalised edit distance over pairs of places in `sequences`; None where there is no pair."""
    texts = as_letters(sequences)
    known: dict[tuple[str, str], float] = {}
    found: list[float] = []
    for left, right in pairs:
        ends = (texts[left], texts[right])
        if ends not in known:
            known[ends] = Levenshtein.normalized_distance(*ends)
        found.append(known[ends])
    return sum(found) / len(found) if found else None


def as_letters(sequences: Sequence[Sequence[str]]) -> list[str]:
    """Return each sequence as a text with one letter per word, equal letters for equal words.

    Raises ValueError for more different words than there are letters.
    """
    letters: dict[str, str] = {}
    for word in (word for sequence in sequences for word in sequence):
        if word not in letters:
            number = len(letters)
            letters[word] = chr(number if number < _SURROGATES.start else number + len(_SURROGATES))
    return ["".join(letters[word] for word in sequence) for sequence in sequences]


def some_pairs(things: int, most: int, seed: int, purpose: str) -> list[tuple[int, int]]:
    """Return all pairs i < j of so many things in a random order, or the first `most` of them.

    More pairs of the same things begin with the same ones. Raises ValueError for a negative seed.
    """
    count = things * (things - 1) // 2
    order = stream(seed, purpose).permutation(count)[:most]
    return [_pair(int(place)) for place in order]


def _pair(place: int) -> tuple[int, int]:
    """Return the pair at a place of the list (0, 1), (0, 2), (1, 2), (0, 3), …"""
    right = int(((8 * place + 1) ** 0.5 + 1) / 2)
    # The root of a large number may be off by one.
    right += (right + 1) * right // 2 <= place
    right -= right * (right - 1) // 2 > place
    return place - right * (right - 1) // 2, right
