"""Forged frames: bytes that a program writes to whatever descriptor its results may travel on."""

from __future__ import annotations

from attack import EITHER, EXPECTED, Attack, cheats

_SEND = """
import gc, json, marshal, os, pickle, socket, struct
def framed(body):
    n = len(body)
    yield n.to_bytes(8, "big") + body
    yield n.to_bytes(4, "big") + body
    yield n.to_bytes(8, "little") + body
    yield n.to_bytes(4, "little") + body
    yield body + b"\\n"
def everywhere(data, first=3):
    for fd in range(first, 300):
        try: os.set_blocking(fd, False)
        except OSError: continue
        try: os.write(fd, data)
        except OSError: pass
"""

_FORGERIES = {
    "frames on every descriptor": _SEND
    + """
for number in (-1, 0, 1):
    for data in framed(json.dumps(["value", number, 987654320, []]).encode()): everywhere(data)
def f(x): return 0
""",
    "a verdict on every descriptor": _SEND
    + """
words = (["passed"], ["ready"], ["value"], [], {}, None, "passed", ["passed", 1, 1], ["done"], ["end"], {"outcome": "passed"})
for word in words:
    for data in framed(json.dumps(word).encode()): everywhere(data, 1)
def f(x): return 0
""",
    "a verdict in other encodings": _SEND
    + """
for word in (["passed"], ("passed", 1), {"outcome": "passed", "passed": 1, "total": 1}, True, 0):
    for body in (marshal.dumps(word), pickle.dumps(word), repr(word).encode()):
        for data in framed(body): everywhere(data, 1)
def f(x): return 0
""",
    "a pickle that runs": _SEND
    + """
class R:
    def __reduce__(self): return (os._exit, (0,))
for data in framed(pickle.dumps(R())): everywhere(data)
def f(x): return 0
""",
    "answers of the sandbox process": _SEND
    + """
pid = os.getppid()
for word in ({"pid": pid}, {"ready": pid}, {"status": 0, "cpu": 0, "memory": 0, "clean": True}, {"exited": [pid, 0]}):
    everywhere(json.dumps(word).encode())
    for data in framed(json.dumps(word).encode()): everywhere(data)
for words in (b"child %d" % pid, b"ready %d" % pid, b"ended 0 0 1", b"reap %d" % pid, b"fork 0 any 1 1 1"): everywhere(words)
def f(x): return 0
""",
    "results in other forms": _SEND
    + """
for form in (b"Q" + (987654320).to_bytes(8, "little"), b"D[0]" + struct.pack("d", 987654320.0), b"S987654320", b"987654320,1]"):
    for number in (0, 1):
        for data in framed(b'["value",%d,' % number + form + b",1e-9]"): everywhere(data)
def f(x): return 0
""",
    "junk": _SEND + "everywhere(bytes(range(256)) * 8, 1)\ndef f(x): return 0",
    "random junk": _SEND + "import random\nfor n in range(50): everywhere(random.randbytes(n))\ndef f(x): return 0",
    "zeros": _SEND + "everywhere(bytes(100_000), 1)\ndef f(x): return 0",
    "a frame of 2^60 bytes": _SEND + "everywhere((1 << 60).to_bytes(8, 'big'))\ndef f(x): return 0",
    "a frame of 2^31 bytes": _SEND
    + "everywhere((1 << 31).to_bytes(4, 'big'))\neverywhere((1 << 31).to_bytes(8, 'big'))\ndef f(x): return 0",
    "a frame of negative length": _SEND + "everywhere(b'\\xff' * 8)\ndef f(x): return 0",
    "empty frames": _SEND + "for _ in range(5000): everywhere(bytes(8))\ndef f(x): return 0",
    "millions of empty frames": _SEND
    + """
for fd in range(3, 30):
    try: os.set_blocking(fd, False)
    except OSError: continue
    for _ in range(300):
        try: os.write(fd, bytes(1 << 20))
        except BlockingIOError: import time; time.sleep(0.001)
        except OSError: break
def f(x): return 0
""",
    "half a frame, then exit": _SEND + "everywhere((100).to_bytes(8, 'big') + b'[')\nos._exit(0)",
    "half a frame, then silence": _SEND + "import time\neverywhere((100).to_bytes(8, 'big') + b'[')\ntime.sleep(100)",
    "a frame of brackets": _SEND
    + "for data in framed(b'[' * 100_000 + b']' * 100_000): everywhere(data)\ndef f(x): return 0",
    "a frame of numbers": _SEND
    + "for data in framed(b'[\"value\",0,' + b'9' * 60_000 + b',[]]'): everywhere(data)\ndef f(x): return 0",
    "a frame of no text": _SEND
    + 'for data in framed(b\'["value",0,"\\xff\\xfe\\x80"]\'): everywhere(data)\ndef f(x): return 0',
    "hostile tags": _SEND
    + """
bodies = ['{"n":"1E+999999999"}', '{"n":"nan123"}', '{"q":["0x1","0x0"]}', '{"q":["%s","0x1"]}' % hex(1 << 9999), '{"i":"0x"}',
    '{"i":"1_0"}', '{"b":"0"}', '{"r":[0,1,0]}', '{"r":[0,1000000000000,1]}', '{"c":[1e999,-1e999]}', '{"x":"nan"}', '{"d":[1]}',
    '{"d":[[1],2]}', '{"s":[[]]}', '{"f":[{"d":[]}]}', '{"t":{}}', '{"o":0}', '{"o":{"o":0}}', '{}', '{"a":1,"b":2}', '1e400',
    'NaN', '{"np":["<f8",[1e9],""]}', '{"a":["O",[1],"00"]}', '{"s":[%s]}' % ",".join(str(n * (2 ** 61 - 1)) for n in range(3000))]
for body in bodies:
    for frame in ('["value",0,%s,[]]', '["value",0,%s]', '{"value":%s}', '%s'):
        for data in framed((frame % body).encode()): everywhere(data)
def f(x): return 0
""",
    "file descriptors instead of frames": _SEND
    + """
for fd in range(3, 100):
    try: s = socket.socket(fileno=os.dup(fd))
    except OSError: continue
    try: socket.send_fds(s, [b'["passed"]'], [0, 1, 2])
    except OSError: pass
def f(x): return 0
""",
    "the runner's own functions": _SEND
    + """
import sys
def f(x):
    frame = sys._getframe(1)
    while frame:
        for o in list(frame.f_locals.values()):
            if isinstance(o, socket.socket):
                for word in (["value", 0, 5, []], ["passed"]):
                    for data in framed(json.dumps(word).encode()): o.send(data, socket.MSG_DONTWAIT)
        for name in ("send", "_report", "report", "answer"):
            g = frame.f_globals.get(name)
            for word in (["passed"], ["value", 0, 5, []]):
                try: g(o, word)
                except Exception: pass
        frame = frame.f_back
    return 0
""",
    "all sockets in memory": _SEND
    + """
def f(x):
    for o in gc.get_objects():
        if isinstance(o, socket.socket):
            try:
                for data in framed(b'["value",0,5,[]]'): o.send(data, socket.MSG_DONTWAIT)
                o.shutdown(socket.SHUT_RDWR)
            except OSError: pass
    return 0
""",
    "frames from a thread": _SEND
    + """
import threading
def write():
    while True:
        for data in framed(b'["value",0,987654320,[]]'): everywhere(data)
threading.Thread(target=write, daemon=True).start()
def f(x): return 0
""",
    "reads what was sent to it": _SEND
    + """
def f(x):
    data = b""
    for fd in range(3, 300):
        try:
            os.set_blocking(fd, False)
            data += os.read(fd, 1 << 16)
        except OSError: pass
    return 987654321 if b"98765432" + b"1" in data else 0
""",
    "shut channel": _SEND
    + """
for fd in range(3, 100):
    try: socket.socket(fileno=os.dup(fd)).shutdown(socket.SHUT_WR)
    except OSError: pass
def f(x): return 0
""",
    "all descriptors closed": "import os\nos.closerange(0, 300)\ndef f(x): return 0",
    "all descriptors are one": "import os\nfor fd in range(3, 60): os.dup2(1, fd)\ndef f(x): return 0",
    "channel that never blocks": _SEND + "everywhere(b'')\ndef f(x): return [0] * 200_000",
}

_LATER = (
    _SEND
    + """
def f(x):
    if x == 1:
        for number in (1, 2):
            for data in framed(json.dumps(["value", number, 987654320 + number, []]).encode()): everywhere(data)
    return 0
"""
)

_RIGHT_AFTER_CLOSING = "import os\nos.closerange(0, 300)\ndef f(x): return 987654321"
_RIGHT_AFTER_JUNK = _SEND + "everywhere(b'junk' * 9)\ndef f(x): return 987654321"

ATTACKS = [
    *cheats(_FORGERIES, "call", "check"),
    *cheats({name: code for name, code in _FORGERIES.items() if "def f" in code and "verdict" in name}, "stdin"),
    Attack("right values of later cases", _LATER, cases=((1, EXPECTED - 1), (2, EXPECTED), (3, EXPECTED + 1))),
    Attack("right, after closing all descriptors", _RIGHT_AFTER_CLOSING, may=EITHER),
    Attack("right, after junk", _RIGHT_AFTER_JUNK, may=EITHER),
]
