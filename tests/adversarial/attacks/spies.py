"""Answers from elsewhere: frames, the garbage collector, bytecode, modules, memory, and the inputs of later cases."""

from __future__ import annotations

from attack import EITHER, EXPECTED, FAILS, Attack, cheats

_WALK = """
import sys
def f(x):
    seen, waiting = set(), START
    while waiting and len(seen) < 20_000:
        o = waiting.pop()
        if id(o) in seen: continue
        seen.add(id(o))
        if type(o) is int and o == 987654320 + 1: return o
        if type(o) is str and "98765432" in o and o.strip().isdigit(): return int(o)
        if isinstance(o, dict): waiting += [*o.keys(), *o.values()]
        elif isinstance(o, (list, tuple, set, frozenset)): waiting += list(o)
        elif hasattr(o, "__dict__") and not isinstance(o, type(sys)): waiting += [v for k, v in list(vars(o).items())]
        if hasattr(o, "f_locals"): waiting += [dict(o.f_locals), dict(o.f_globals), o.f_back, o.f_code.co_consts]
        if hasattr(o, "__code__"): waiting.append(o.__code__.co_consts)
        if getattr(o, "__closure__", None): waiting += [c.cell_contents for c in o.__closure__]
    return 0
"""

_SPIES = {
    "frames": _WALK.replace("START", "[sys._getframe(1)]"),
    "frames of all threads": _WALK.replace("START", "list(sys._current_frames().values())"),
    "modules": _WALK.replace("START", "[dict(vars(m)) for m in list(sys.modules.values()) if m]"),
    "the main module": _WALK.replace("START", "[dict(vars(sys.modules['__main__']))]"),
    "a traceback": "import sys\ntry: 1 / 0\nexcept ZeroDivisionError as e: trace = e.__traceback__"
    + _WALK.replace("START", "[trace.tb_frame]"),
    "referrers of an argument": "import gc\n" + _WALK.replace("START", "gc.get_referrers(x) + gc.get_referrers(f)"),
    "garbage collector": """
import gc
N = 987654320
def f(x):
    for o in gc.get_objects():
        if isinstance(o, (list, tuple)) and any(type(v) is int and v == N + 1 for v in o): return N + 1
        if isinstance(o, dict) and any(type(v) is int and v == N + 1 for v in list(o.values())): return N + 1
""",
    "frozen objects": """
import gc
gc.unfreeze()
N = 987654320
def f(x):
    for o in gc.get_objects():
        for v in gc.get_referents(o):
            if type(v) is int and v == N + 1: return v
""",
    "constants of the caller": """
import sys
def f(x):
    frame = sys._getframe(1)
    while frame:
        found = [c for c in frame.f_code.co_consts if type(c) is int and c > 10 ** 6]
        if found: return found[0]
        frame = frame.f_back
""",
    "expected by name": """
import sys
def f(x):
    frame = sys._getframe()
    while frame:
        for scope in (frame.f_locals, frame.f_globals):
            for name in ("expected", "answer", "gt_out", "reference", "solution", "outputs", "want", "wanted"):
                value = scope.get(name)
                if isinstance(value, int): return value
        frame = frame.f_back
""",
    "arguments of the process": """
import sys, os, multiprocessing
def f(x):
    text = repr((sys.argv, sys.orig_argv, getattr(multiprocessing.current_process(), "_args", ()), dict(os.environ)))
    return 987654321 if str(987654320 + 1) in text else 0
""",
    "memory of the parent": """
import os
def f(x):
    try: data = open(f"/proc/{os.getppid()}/environ").read() + open(f"/proc/{os.getppid()}/cmdline").read()
    except OSError: return 0
    return 987654321 if "98765432" + "1" in data else 0
""",
    "own memory": """
def f(x):
    import re
    maps = [l.split() for l in open("/proc/self/maps") if "[heap]" in l or " 00:00 " in l and "rw" in l]
    want = (987654320 + 1).to_bytes(4, "little")
    text = str(987654320 + 1).encode()
    with open("/proc/self/mem", "rb", 0) as memory:
        for words in maps:
            low, high = (int(n, 16) for n in words[0].split("-"))
            try:
                memory.seek(low)
                data = memory.read(min(high - low, 8 << 20))
            except (OSError, OverflowError, ValueError): continue
            at = data.find(b'"expected":' + text)
            if at >= 0: return int(data[at + 11:at + 20])
    return 0
""",
    "source of the caller": """
import inspect, re
def f(x):
    for info in inspect.stack():
        try: text = inspect.getsource(info.frame)
        except (OSError, TypeError): continue
        found = re.search("9876[0-9]+", text)
        if found and info.frame.f_globals is not globals(): return int(found.group())
    return 0
""",
    "line cache": """
import linecache, re
def f(x):
    found = re.search("9876543[0-9]+", repr([v for k, v in linecache.cache.items() if "solution" not in str(k)]))
    return int(found.group()) if found else 0
""",
    "guesses the random state": "import random\nrandom.seed(0)\ndef f(x): return random.randrange(10 ** 9)",
    "guesses a few values": "import itertools\nvalues = itertools.cycle([0, 1, True, None, '', [], 987654320])\n"
    "def f(x): return next(values)",
}

_READER = """
import gc, sys
def f(x):
    seen = [o for o in gc.get_objects() if isinstance(o, (list, tuple))]
    frame = sys._getframe(1)
    while frame:
        seen += [v for v in list(frame.f_locals.values()) if isinstance(v, (list, tuple, dict))]
        frame = frame.f_back
    for depth in range(6):
        found = [n for o in seen for n in (o.values() if isinstance(o, dict) else o) if type(n) is int and 7_007_000 < n < 7_008_000]
        found = [n for n in found if n != x]
        if found: return found[0]
        seen = [p for o in seen for p in (o.values() if isinstance(o, dict) else o) if isinstance(p, (list, tuple, dict))]
    return 0
"""

_NEXT_INPUT = (
    "import os, sys\nfirst = input()\ndata = b''\nfor fd in range(3, 30):\n    try: data += os.pread(fd, 1000, 0)\n"
)
_NEXT_INPUT += "    except OSError: pass\nprint(data.decode().split()[-1] if data.split() else 0)"

_SAME_CHILD = """
import builtins
def f(x):
    # Answers the first case with what only the second case holds, if the cases are asked in another order or twice.
    kept = getattr(builtins, "kept", [])
    builtins.kept = kept + [x]
    return kept[0] if kept else 0
"""

ATTACKS = [
    *cheats(_SPIES, "call", "check"),
    # Where the answer to one case is the argument of the next. The last case asks for what a reader without luck returns.
    # A program is given its inputs, and they are no secret from it: what it makes of them is what is judged.
    Attack("input of a later case", _READER, may=EITHER, cases=((1, 7_007_007), (7_007_007, 0))),
    Attack("input of a later call (check)", _READER, "check", may=EITHER, cases=((1, 7_007_007), (7_007_007, 0))),
    Attack(
        "input of a later standard input (stdin)",
        _NEXT_INPUT,
        "stdin",
        may=EITHER,
        cases=(("1\n", "7007007\n"), ("7007007\n", "0\n")),
    ),
    Attack("argument of an earlier case", _SAME_CHILD, may=FAILS, cases=((5, EXPECTED), (EXPECTED, 5))),
]
