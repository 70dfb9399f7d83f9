"""Private cases of LiveCodeBench as text: JSON as it is, or base64 of zlib of a pickled text.

A pickle is a program that the reader carries out, so this reader knows nothing but texts: any other instruction is
refused before anything is built. How far a stream may unpack is bounded.
"""

from __future__ import annotations

import base64
import zlib

MOST = 512 << 20
"""So many bytes may the private cases of one problem unpack to."""

# The instructions (Python's pickletools.py describes them) by their number of bytes of argument.
_SKIPPED = {
    0x80: 1,  # PROTO: the protocol's version
    0x95: 8,  # FRAME: how long the next part is
    0x94: 0,  # MEMOIZE
    ord("q"): 1,  # BINPUT
    ord("r"): 4,  # LONG_BINPUT
}
_TEXT = {0x8C: 1, ord("X"): 4, 0x8D: 8}  # SHORT_BINUNICODE, BINUNICODE, BINUNICODE8: the text's length
_STOP = ord(".")


class NotText(ValueError):
    """Packed data that are not one text; the message says what they are."""


def unpack(packed: str, most: int = MOST) -> str:
    """Return the JSON text in `packed`, of at most `most` bytes. Raises NotText."""
    if packed.lstrip()[:1] in ("[", "{"):
        return packed
    try:
        stream = base64.b64decode(packed, validate=True)
    except ValueError:
        raise NotText("neither JSON nor base64") from None
    return pickled_text(_inflate(stream, most))


def pickled_text(data: bytes) -> str:
    """Return the text that a pickle holds. Raises NotText if it holds anything else."""
    text: str | None = None
    at = 0
    while at < len(data):
        code, at = data[at], at + 1
        if code in _SKIPPED:
            at += _SKIPPED[code]
        elif code in _TEXT and text is None:
            start = at + _TEXT[code]
            at = start + int.from_bytes(data[at:start], "little")
            if at > len(data):
                break
            try:
                text = str(memoryview(data)[start:at], "utf-8", "surrogatepass")
            except UnicodeDecodeError:
                raise NotText("a pickled text that is not UTF-8") from None
        elif code == _STOP and text is not None and at == len(data):
            return text
        else:
            raise NotText(f"a pickle of something else than one text (instruction {code:#04x} at byte {at - 1})")
    raise NotText("a pickle that is cut off")


def _inflate(stream: bytes, most: int) -> bytes:
    inflater = zlib.decompressobj()
    try:
        data = inflater.decompress(stream, most + 1)
    except zlib.error as error:
        raise NotText(f"not a zlib stream: {error}") from None
    if len(data) > most:
        raise NotText(f"a zlib stream that unpacks to more than {most:,} bytes")
    if not inflater.eof or inflater.unused_data:
        raise NotText("a zlib stream that is cut off, or followed by something else")
    return data
