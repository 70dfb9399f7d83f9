"""A server that answers every chat completion alike after a fixed time: what the clients of models are measured with.

Prints its port and serves until its standard input ends. It reads requests only as far as it must, so that the
machine's time goes to the client.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys

MODEL = "gpt-4o-mini"
TEXT = "```python\ndef f(x: int) -> int:\n" + "    x = x + 1\n" * 40 + "    return x\n```"
PROMPT_TOKENS, COMPLETION_TOKENS = 300, 200

_LENGTH = re.compile(rb"content-length: *(\d+)", re.I)


def response() -> dict[str, object]:
    """Return the body of the answer."""
    message = {"role": "assistant", "content": TEXT}
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": MODEL,
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {
            "prompt_tokens": PROMPT_TOKENS,
            "completion_tokens": COMPLETION_TOKENS,
            "total_tokens": PROMPT_TOKENS + COMPLETION_TOKENS,
        },
    }


class _Connection(asyncio.Protocol):
    def __init__(self, seconds: float, answer: bytes) -> None:
        self._seconds = seconds
        self._answer = answer
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._buffer, 0, end)
            size = end + 4 + (int(length[1]) if length else 0)
            if len(self._buffer) < size:
                return
            self._buffer = self._buffer[size:]
            asyncio.get_running_loop().call_later(self._seconds, self._reply)

    def _reply(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._answer)


async def serve(seconds: float) -> None:
    """Serve on a free port of 127.0.0.1, with so many seconds before each answer."""
    body = json.dumps(response()).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(seconds, head.encode() + body), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
