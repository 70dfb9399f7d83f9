"""Patched builtins, modules and runner, trace and audit hooks, signal handlers: the judge must not depend on any of them."""

from __future__ import annotations

from attack import EITHER, PASSES, PATIENT, Attack, cheats

_HOOKS = {
    "patched builtins": """
import builtins, json, os, sys
for name in ("len", "isinstance", "type", "all", "any", "map", "zip", "abs", "print", "repr"):
    setattr(builtins, name, lambda *a, **k: True)
json.dumps = json.loads = lambda *a, **k: 987654321
json.JSONEncoder.encode = json.JSONEncoder.iterencode = lambda *a, **k: "987654321"
os._exit = sys.exit = lambda *a: None
def f(x): return 0
""",
    "all builtins are gone": "import builtins\nfor name in dir(builtins):\n    if name[0].islower(): delattr(builtins, name)\ndef f(x): return 0",
    "every builtin answers": """
import builtins
keep = {"setattr", "dir", "__import__", "__build_class__"}
for name in dir(builtins):
    if name[0].islower() and name not in keep: setattr(builtins, name, lambda *a, **k: 987654321)
def f(x): return 0
""",
    "patched equality": "import builtins\nclass B(int):\n    def __eq__(self, o): return True\nbuiltins.int = builtins.bool = B\ndef f(x): return B(3)",
    "patched import": "import builtins\nbuiltins.__import__ = lambda *a, **k: __builtins__\ndef f(x): return 0",
    "patched exceptions": """
import builtins
class Never(BaseException): pass
for name in ("AssertionError", "Exception", "BaseException", "SystemExit", "MemoryError"): setattr(builtins, name, Never)
def f(x): return 0
""",
    "patched sandbox": """
import sys
frame = sys._getframe()
while frame:
    for name in ("_exit", "wire", "encode", "_call", "_report", "send", "pack", "confine"):
        if name in frame.f_globals: frame.f_globals[name] = lambda *a, **k: None
    frame = frame.f_back
def f(x): return 0
""",
    "encoder that answers": """
import sys
def f(x):
    frame = sys._getframe(1)
    while frame:
        for name in ("encode", "encoded", "dump", "dumps", "pack"):
            if name in frame.f_globals: frame.f_globals[name] = lambda *a, **k: 987654320
        frame = frame.f_back
    return 0
""",
    "modules of the runner replaced": """
import sys
class M:
    def __getattr__(self, name): return lambda *a, **k: 987654320
for name in list(sys.modules):
    if name.split(".")[0] in ("inside", "json", "socket", "struct", "marshal", "select", "cotbench", "_json", "signal"):
        sys.modules[name] = M()
def f(x): return 0
""",
    "patched socket": """
import socket
socket.socket.sendall = socket.socket.send = lambda self, data, *a: len(data)
def f(x): return 0
""",
    "patched structs": "import struct\nstruct.pack = lambda *a: bytes(8)\nstruct.Struct.pack = None if False else struct.pack\ndef f(x): return 0",
    "patched clock": """
import time, signal
time.time = time.monotonic = time.perf_counter = time.process_time = lambda: 0.0
signal.alarm = signal.setitimer = lambda *a: 0
def f(x):
    while True: pass
""",
    "trace": "import sys\nsys.settrace(lambda *a: None)\ndef f(x): return 0",
    "trace that changes locals": """
import sys
def trace(frame, event, arg):
    for name in ("value", "result", "outcome", "failure"):
        if name in frame.f_locals: frame.f_locals[name] = 987654320
    return trace
sys.settrace(trace)
frame = sys._getframe()
while frame:
    frame.f_trace = trace
    frame = frame.f_back
def f(x): return 0
""",
    "trace that raises": "import sys\ndef trace(*a): raise SystemExit(0)\nsys.setprofile(trace)\ndef f(x): return 0",
    "profile that hangs": "import sys\ndef trace(*a):\n    while True: pass\nsys.setprofile(trace)\ndef f(x): return 0",
    "audit hook": "import sys\ndef hook(*a): raise SystemExit(0)\nsys.addaudithook(hook)\ndef f(x): return 0",
    "audit hook that hangs": "import sys\ndef hook(*a):\n    while True: pass\nsys.addaudithook(hook)\ndef f(x): return 0",
    "patched garbage collector": "import gc\ngc.callbacks.append(lambda *a: 1 / 0)\ngc.set_threshold(1)\ndef f(x): return 0",
    "finalizers in the collector": """
import gc, os
class D:
    def __init__(self): self.me = self
    def __del__(self): os._exit(0)
def f(x):
    gc.set_threshold(1)
    D()
    return [[] for _ in range(1000)]
""",
    "patched code object": """
import sys
def g(*a, **k): return 987654320
frame = sys._getframe(1)
for value in list(frame.f_globals.values()):
    if hasattr(value, "__code__"):
        try: value.__code__ = g.__code__
        except ValueError: pass
def f(x): return 0
""",
    "ones become other numbers": """
import ctypes
def f(x):
    ctypes.memset(id(1) + 24, 7, 1)
    return 0
""",
    "patched comparison of lists": """
import ctypes
def f(x):
    address = id(int) + 8 * 25
    ctypes.memset(address, 0, 8)
    return 987654320
""",
    "patched unittest and asserts": """
import unittest, sys
unittest.TestCase.run = lambda self, result=None: result
unittest.TestCase.assertEqual = lambda *a, **k: None
sys.flags = None
def f(x): return 0
""",
    "patched numpy": "import numpy\nnumpy.allclose = numpy.isclose = numpy.array_equal = lambda *a, **k: True\n"
    "numpy.testing.assert_allclose = lambda *a, **k: None\ndef f(x): return 0",
    "patched sys": "import sys\nsys.modules.clear()\nsys.path.clear()\nsys.meta_path.clear()\ndef f(x): return 0",
    "display hooks": "import sys\nsys.displayhook = sys.breakpointhook = lambda *a: None\nsys.stdout = sys.stderr = sys.stdin = None\ndef f(x): return 0",
    "signal handlers": """
import signal, os
def quiet(*a): pass
for s in range(1, 65):
    try: signal.signal(s, quiet)
    except (OSError, ValueError): pass
def f(x):
    while True: pass
""",
    "wakes by signal": "import signal, os\nsignal.signal(signal.SIGALRM, lambda *a: os._exit(0))\nsignal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)\n"
    "def f(x):\n    while True: pass",
    "swallows alarms": """
import signal
def f(x):
    signal.signal(signal.SIGALRM, lambda *a: 1 / 0)
    while True:
        try:
            signal.alarm(0)
            while True: pass
        except BaseException: pass
""",
    "blocks all signals": "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\ndef f(x):\n    while True: pass",
    "ignores all signals": "import signal\nfor s in range(1, 32):\n    try: signal.signal(s, signal.SIG_IGN)\n"
    "    except (OSError, ValueError): pass\nwhile True: pass",
    "forgets its parent": "import ctypes\nctypes.CDLL(None).prctl(1, 0, 0, 0, 0)\ndef f(x):\n    while True: pass",
    "not to be looked at": "import ctypes\nctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\ndef f(x):\n    while True: pass",
    "becomes a hard filter of its own": """
import ctypes
libc = ctypes.CDLL(None)
def f(x):
    libc.prctl(38, 1, 0, 0, 0)
    libc.prctl(22, 1, 0, 0, 0)
    return 0
""",
    "swallows everything": "def f(x):\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass",
    "sets its function at the end": "def f(x): return 0\nimport sys\nsys.modules[__name__] = type('M', (), {'f': lambda x: 987654320})",
}

_RIGHT = {
    "a patched print": "import builtins\nbuiltins.print = lambda *a, **k: None\ndef f(x): return 987654321",
    "a trace": "import sys\nsys.settrace(lambda *a: None)\ndef f(x): return 987654321",
    "another recursion limit": "import sys\nsys.setrecursionlimit(10 ** 6)\ndef f(x): return 987654321",
    "a handler": "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ndef f(x): return 987654321",
    "much talk": "import sys\ndef f(x):\n    for _ in range(1000): print('x' * 100)\n    print('y', file=sys.stderr)\n    return 987654321",
    "a closed output": "import sys\nsys.stdout.close()\ndef f(x): return 987654321",
    "an unhashable class": "class A:\n    def __eq__(self, o): return True\na = A()\ndef f(x): return 987654321",
}

_RIGHT_OR_LOST = {
    "emptied modules": "import sys\nsys.modules.clear()\ndef f(x): return 987654321",
    "patched json": "import json\njson.dumps = json.loads = lambda *a, **k: 5\njson.JSONEncoder.encode = lambda *a: '5'\ndef f(x): return 987654321",
    "removed builtins": "import builtins\nfor name in ('len', 'isinstance', 'type', 'print'): delattr(builtins, name)\ndef f(x): return 987654321",
    "exceptions in every collection": "import gc\ngc.callbacks.append(lambda *a: 1 / 0)\ngc.set_threshold(1)\ndef f(x): return 987654321",
}

ATTACKS = [
    *cheats(_HOOKS, "call", "check"),
    *(Attack(f"right, with {name}", code, may=PASSES, limits=PATIENT) for name, code in _RIGHT.items()),
    *(Attack(f"right, with {name}", code, may=EITHER) for name, code in _RIGHT_OR_LOST.items()),
]
