"""Endings of every sort: a program that is gone, or that raised something odd, has not passed."""

from __future__ import annotations

from attack import FAILS, Attack, cheats

_EXITS = {
    "sys.exit at import": "import sys\nsys.exit(0)",
    "sys.exit in the call": "import sys\ndef f(x): sys.exit(0)",
    "exit": "def f(x): exit()",
    "exit with the answer": "def f(x): raise SystemExit(987654321)",
    "exit with an object": "class E:\n    def __eq__(self, o): return True\n    def __str__(self): return '0'\ndef f(x): raise SystemExit(E())",
    "os._exit at import": "import os\nos._exit(0)",
    "os._exit in the call": "import os\ndef f(x): os._exit(0)",
    "posix._exit": "import posix\ndef f(x): posix._exit(0)",
    "exit of the C library": "import ctypes\ndef f(x): ctypes.CDLL(None).exit(0)",
    "quick exit by system call": "import ctypes\ndef f(x): ctypes.CDLL(None).syscall(231, 0)",
    "atexit": "import atexit, os\natexit.register(os._exit, 0)\ndef f(x): return 0",
    "excepthook": "import os, sys\nsys.excepthook = lambda *a: os._exit(0)\ndef f(x): raise ValueError",
    "unraisable hook": "import os, sys\nsys.unraisablehook = lambda *a: os._exit(0)\nclass D:\n    def __del__(self): 1 / 0\n"
    "def f(x): D()",
    "exit in a thread": "import os, threading\ndef f(x):\n    threading.Thread(target=os._exit, args=(0,)).start()\n    return 0",
    "interrupts itself": "import _thread\ndef f(x): _thread.interrupt_main()",
    "replaces itself": "import os, sys\ndef f(x): os.execv(sys.executable, [sys.executable, '-c', 'print(987654321)'])",
    "replaces itself by true": "import os\ndef f(x): os.execv('/bin/true', ['true'])",
    "kills itself": "import os\ndef f(x): os.kill(os.getpid(), 9)",
    "kills its group": "import os\ndef f(x):\n    if os.getpgrp() == os.getpid(): os.killpg(0, 9)",
    "terminates itself": "import os, signal\ndef f(x): os.kill(os.getpid(), signal.SIGTERM)",
    "raises the signal of a full clock": "import signal\ndef f(x): signal.raise_signal(signal.SIGXCPU)",
    "raises the signal of a large file": "import signal\ndef f(x): signal.raise_signal(signal.SIGXFSZ)",
    "aborts": "import os\ndef f(x): os.abort()",
    "stops itself": "import os, signal\ndef f(x): os.kill(os.getpid(), signal.SIGSTOP)",
    "follows a null pointer": "import ctypes\ndef f(x): return ctypes.string_at(0)",
    "overflows the stack in C": "def f(x):\n    import sys\n    sys.setrecursionlimit(10 ** 9)\n    v = None\n"
    "    for _ in range(3_000_000): v = (v,)\n    return hash(v)",
    "overflows the stack": "import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(x): return [f(x)]",
    "recursion": "def f(x): return f(x) + 1",
    "exception whose name is a lie": "def f(x): raise type('passed', (Exception,), {})",
    "exception that is called MemoryError": "def f(x): raise type('MemoryError', (Exception,), {})",
    "assertion": "def f(x): raise AssertionError(987654321)",
    "exception that holds the answer": "class E(Exception): value = 987654321\ndef f(x): raise E(987654321)",
    "exception that breaks when looked at": "class M(type):\n    __name__ = property(lambda c: 1 / 0)\n"
    "class E(Exception, metaclass=M): pass\ndef f(x): raise E",
    "exception whose name hangs": """
class M(type):
    def mro(cls):
        return type.mro(cls)
    @property
    def __name__(cls):
        while True: pass
class E(Exception, metaclass=M): pass
def f(x): raise E
""",
    "exception with a long name": "def f(x): raise type('x' * 5_000_000, (Exception,), {})",
    "exception with a surrogate in its name": "def f(x):\n    class E(Exception): pass\n    E.__name__ = 'a' + chr(0xfffd)\n    raise E",
    "exceptions in a circle": "def f(x):\n    a, b = ValueError(), KeyError()\n    a.__cause__, b.__cause__ = b, a\n    raise a",
    "deep causes": "def f(x):\n    e = None\n    for _ in range(50_000):\n        n = ValueError()\n        n.__cause__ = e\n        e = n\n    raise e",
    "exception group": "def f(x): raise BaseExceptionGroup('g', [SystemExit(0), KeyboardInterrupt()])",
    "base exception": "class E(BaseException): pass\ndef f(x): raise E",
    "stop iteration": "def f(x): raise StopIteration(987654321)",
    "generator exit": "def f(x): raise GeneratorExit",
    "keyboard interrupt": "def f(x): raise KeyboardInterrupt",
    "cancelled": "import asyncio\ndef f(x): raise asyncio.CancelledError",
    "no function": "g = 1",
    "function that is data": "f = 987654321",
    "function that vanishes": "def f(x):\n    global f\n    del f\n    return 0",
    "solution class that raises": "class Solution:\n    def __init__(self): raise SystemExit(0)\n    def f(self, x): return 0",
    "exception from a finally": "def f(x):\n    try: return 987654320\n    finally: raise SystemExit(0)",
}

_SCRIPTS = {
    "exits at once": "exit(0)",
    "does nothing": "",
    "exits behind the answer to another": "import os\nos.write(1, b'987654320')\nos._exit(0)",
    "exits with a status after the answer": "print(987654321)\nexit(3)",
    "raises after the answer": "print(987654321)\n1 / 0",
    "is killed after the answer": "import ctypes\nprint(987654321, flush=True)\nctypes.string_at(0)",
    "prints to the error stream": "import sys\nprint(987654321, file=sys.stderr)",
    "seeks in its output": "import os\nos.ftruncate(1, 1 << 40)",
    "reads its own output": "import os\nprint(os.pread(1, 100, 0))",
    "swallows its error": "try: print(1 / 0)\nexcept BaseException: pass",
    "closes all descriptors": "import os\nos.closerange(0, 300)",
    "swaps input and output": "import os\nos.dup2(0, 5)\nos.dup2(1, 0)\nos.dup2(5, 1)\nprint(987654320)",
    "prints the input": "import sys\nsys.stdout.write(sys.stdin.read())",
    "prints the answer among others": "for n in range(987654300, 987654330): print(n)",
    "prints null bytes around the answer": "print('\\0' + '987654321' + '\\0')",
    "prints bytes that are no text": "import sys\nsys.stdout.buffer.write(b'\\xff\\xfe987654321')",
    "kills the sandbox process": "import os\nos.kill(os.getppid(), 9)",
    "kills it and is wrong": "import os\nprint(987654320, flush=True)\nos.kill(os.getppid(), 9)",
    "stops the sandbox process": "import os, signal\nos.kill(os.getppid(), signal.SIGSTOP)",
    "waits for more input": "import sys, time\nsys.stdin.read()\ntime.sleep(100)",
    "writes into its input": "import os\ntry: os.write(0, b'987654320')\nexcept OSError: pass\nos.lseek(0, 0, 0)\nprint(input())",
}

_ON_EXIT = "import atexit\n@atexit.register\ndef end():\n    while True: pass\nprint(987654321, flush=True)"

ATTACKS = [
    *cheats(_EXITS, "call", "check"),
    *cheats(_SCRIPTS, "stdin"),
    Attack("never ends after the answer (stdin)", _ON_EXIT, "stdin", FAILS),
]
