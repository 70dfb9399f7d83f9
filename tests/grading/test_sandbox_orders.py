"""The words between a worker and its sandbox process."""

from __future__ import annotations

import os
import socket

from cotbench.grading.inside import orders


def test_words_arrive_with_their_descriptors() -> None:
    ours, theirs = socket.socketpair()
    reader, writer = os.pipe()
    with ours, theirs:
        orders.say(ours, b"fork 0 name 1 2 3", (reader, writer))
        words, fds = orders.hear(theirs)
    assert words == [b"fork", b"0", b"name", b"1", b"2", b"3"]
    os.write(fds[1], b"through the copies")
    assert os.read(reader, 100) == b"through the copies"
    for fd in (reader, writer, *fds):
        os.close(fd)


def test_words_alone_and_the_end() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        with ours:
            orders.say(ours, b"ended 9 4096 1")
            assert orders.hear(theirs) == ([b"ended", b"9", b"4096", b"1"], [])
        assert orders.hear(theirs) == ([], [])
