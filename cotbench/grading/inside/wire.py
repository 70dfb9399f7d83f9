"""Frames: a length of eight bytes, then JSON. One implementation for both ends of every channel."""

from __future__ import annotations

import json
import socket

from .encoding import Malformed

HEADER = 8
"""Bytes before the JSON text of a frame."""


def pack(frame: object) -> bytes:
    """Return a frame as bytes, its length first."""
    text = json.dumps(frame, ensure_ascii=False, check_circular=False, separators=(",", ":"))
    body = text.encode("utf-8", "surrogatepass")
    return len(body).to_bytes(HEADER, "big") + body


def unpack(body: bytes) -> object:
    """Return what a frame's body holds. Raises Malformed, and nothing else, for bad bytes."""
    try:
        value: object = json.loads(body.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise Malformed(type(error).__name__) from None
    return value


def send(channel: socket.socket, frame: object) -> None:
    """Write one frame; blocks until all of it is taken. Raises OSError."""
    channel.sendall(pack(frame))


def receive(channel: socket.socket) -> object:
    """Read one frame; blocks. Raises EOFError at the end of the stream, OSError or Malformed."""
    size = int.from_bytes(_exactly(channel, HEADER), "big")
    return unpack(_exactly(channel, size))


def _exactly(channel: socket.socket, size: int) -> bytes:
    chunks = []
    while size:
        chunk = channel.recv(min(size, 1 << 20))
        if not chunk:
            raise EOFError("the channel was closed")
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)
