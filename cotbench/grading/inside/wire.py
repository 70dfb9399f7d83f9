"""Frames: a length of eight bytes, then JSON. One implementation for both ends of every channel.

Values inside a frame are tagged trees (`encoding`), turned into plain data as the text is parsed.
"""

from __future__ import annotations

import json
import socket

from .encoding import Malformed, untag

HEADER = 8
"""Bytes before the JSON text of a frame."""

_write = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
_read = json.JSONDecoder(object_hook=untag).raw_decode


def text(frame: object) -> bytes:
    """Return a frame's body: JSON in UTF-8."""
    return _write(frame).encode("utf-8", "surrogatepass")


def framed(body: bytes) -> bytes:
    """Return a body with its length before it."""
    return len(body).to_bytes(HEADER, "big") + body


def pack(frame: object) -> bytes:
    """Return a frame as bytes, its length first."""
    return framed(text(frame))


def unpack(body: bytes) -> object:
    """Return what a frame's body holds, values as plain data. Raises Malformed, and nothing else, for bad bytes."""
    try:
        text = body.decode("utf-8", "surrogatepass")
        value, end = _read(text)
    except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
        raise Malformed(type(error).__name__) from None
    if end != len(text):
        raise Malformed("more than one value")
    return value


def send(channel: socket.socket, frame: object) -> None:
    """Write one frame; blocks until all of it is taken. Raises OSError."""
    channel.sendall(pack(frame))


def receive(channel: socket.socket) -> object:
    """Read one frame; blocks. Raises EOFError at the end of the stream, OSError or Malformed."""
    return unpack(receive_body(channel))


def receive_body(channel: socket.socket) -> bytes:
    """Read one frame and leave it packed; blocks. Raises EOFError at the end of the stream, OSError."""
    return _exactly(channel, int.from_bytes(_exactly(channel, HEADER), "big"))


def _exactly(channel: socket.socket, size: int) -> bytes:
    first = channel.recv(min(size, 1 << 20))
    if len(first) == size:
        return first
    if not first:
        raise EOFError("the channel was closed")
    chunks = [first]
    size -= len(first)
    while size:
        chunk = channel.recv(min(size, 1 << 20))
        if not chunk:
            raise EOFError("the channel was closed")
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)
