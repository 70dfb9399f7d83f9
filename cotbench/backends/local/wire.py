"""A few lines of HTTP/1.1 to a server on this machine, for what the OpenAI interface does not offer."""

from __future__ import annotations

import asyncio
import json


async def request_json(port: int, path: str, body: object = None, *, timeout: float = 10.0) -> tuple[int, object]:
    """Return status and JSON value of one request to 127.0.0.1; POST if there is a body, else GET.

    `timeout` is in seconds. Raises OSError (TimeoutError included) when the server cannot be reached, and
    ValueError when its answer is not JSON.
    """
    payload = b"" if body is None else json.dumps(body).encode()
    head = (
        f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\nConnection: close\r\n\r\n"
    )
    async with asyncio.timeout(timeout):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(head.encode() + payload)
            await writer.drain()
            raw = await _answer(reader)
        except asyncio.IncompleteReadError as error:
            raise ConnectionResetError("the server closed the connection") from error
        finally:
            writer.close()
    return raw


async def _answer(reader: asyncio.StreamReader) -> tuple[int, object]:
    header = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    lines = header.split("\r\n")
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    status = int(lines[0].split()[1])
    if "chunked" in fields.get("transfer-encoding", ""):
        raise ValueError("the server sent an answer in chunks")
    length = fields.get("content-length")
    data = await (reader.read() if length is None else reader.readexactly(int(length)))
    return status, json.loads(data)
