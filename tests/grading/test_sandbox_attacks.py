"""Programs that cheat or do damage: none passes unless it is right, and the grader goes on judging correctly."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sandbox_jobs import Judge

from cotbench.core.verdict import Limits

FAST = Limits(seconds=0.3, memory=256 << 20, output=1 << 20)
EXPECTED = 987654321

VALUES = {
    "always equal": "class E:\n    def __eq__(self, o): return True\n    __hash__ = None\ndef f(x): return E()",
    "equal in a list": "class E:\n    def __eq__(self, o): return True\ndef f(x): return [E()]",
    "int that equals all": "class I(int):\n    def __eq__(self, o): return True\n    def __ne__(self, o): return False\n"
    "    __hash__ = int.__hash__\n    def __int__(self): return 987654321\n    __index__ = __int__\ndef f(x): return I(5)",
    "str that equals all": "class S(str):\n    def __eq__(self, o): return True\n    __hash__ = str.__hash__\ndef f(x): return S()",
    "list that lies": "class L(list):\n    def __iter__(self): return iter([987654321])\ndef f(x): return L([1])",
    "metaclass with a false mro": "class M(type):\n    def mro(cls): return [cls, object]\n    __mro__ = (int, object)\n"
    "class C(metaclass=M): pass\ndef f(x): return C()",
    "lying class attribute": "class C:\n    __class__ = int\n    def __int__(self): return 987654321\ndef f(x): return C()",
    "reduce": "class R:\n    def __reduce__(self): return (eval, ('987654321',))\ndef f(x): return R()",
    "generator": "def f(x): yield 987654321",
    "coroutine": "import warnings\nwarnings.simplefilter('ignore')\nasync def f(x): return 987654321",
    "deep list": "def f(x):\n    v = []\n    for _ in range(200_000): v = [v]\n    return v",
    "graph of 2^40 nodes": "def f(x):\n    v = []\n    for _ in range(40): v = [v, v]\n    return v",
    "cycle": "def f(x):\n    v = []\n    v.append(v)\n    v.append(v)\n    return v",
    "hanging eq": "class H:\n    def __eq__(self, o):\n        while True: pass\ndef f(x): return H()",
    "hanging repr": "class H(int):\n    def __repr__(self):\n        while True: pass\n    __str__ = __repr__\ndef f(x): return H(1)",
    "colliding keys": "import sys\ndef f(x): return {n * sys.hash_info.modulus for n in range(1, 500)}",
}

EXITS = {
    "sys.exit at import": "import sys\nsys.exit(0)",
    "sys.exit in the call": "import sys\ndef f(x): sys.exit(0)",
    "os._exit at import": "import os\nos._exit(0)",
    "os._exit in the call": "import os\ndef f(x): os._exit(0)",
    "atexit": "import atexit, os\natexit.register(os._exit, 0)\ndef f(x): return 0",
    "excepthook": "import os, sys\nsys.excepthook = lambda *a: os._exit(0)\ndef f(x): raise ValueError",
    "kills itself": "import os\ndef f(x): os.kill(os.getpid(), 9)",
    "kills its group": "import os\ndef f(x): os.killpg(0, 9)",
    "exception whose name is a lie": "def f(x): raise type('passed', (Exception,), {})",
    "exception that breaks when looked at": "class M(type):\n    __name__ = property(lambda c: 1 / 0)\n"
    "class E(Exception, metaclass=M): pass\ndef f(x): raise E",
    "base exception": "class E(BaseException): pass\ndef f(x): raise E",
    "swallows everything": "def f(x):\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass",
}

SPIES = {
    "frames": """
import sys
def f(x):
    frame = sys._getframe()
    while frame:
        if 987654321 in [v for v in frame.f_locals.values() if type(v) is int]: return 987654321
        frame = frame.f_back
""",
    "expected by name": """
import sys
def f(x):
    frame = sys._getframe()
    while frame:
        for name in ("expected", "answer", "cases", "gt_out"):
            value = frame.f_locals.get(name)
            if value is not None and not isinstance(value, list): return value
        frame = frame.f_back
""",
    "garbage collector": """
import gc
N = 987654320
def f(x):
    for o in gc.get_objects():
        if isinstance(o, (list, tuple)) and any(type(v) is int and v == N + 1 for v in o): return N + 1
        if isinstance(o, dict) and any(type(v) is int and v == N + 1 for v in list(o.values())): return N + 1
""",
    "memory of the parent": """
import os
def f(x):
    try:
        data = open(f"/proc/{os.getppid()}/environ").read() + open(f"/proc/{os.getppid()}/cmdline").read()
    except OSError:
        return 0
    return 987654321 if "987654321" in data else 0
""",
}

FORGERIES = {
    "frames on every descriptor": """
import json, os
body = json.dumps(["value", 0, 987654320, []]).encode()
for fd in range(3, 300):
    try: os.write(fd, len(body).to_bytes(8, "big") + body)
    except OSError: pass
def f(x): return 0
""",
    "a verdict on every descriptor": """
import json, os
for word in (["passed"], ["ready"], ["value"], [], {}, None, "passed", ["passed", 1, 1]):
    body = json.dumps(word).encode()
    for fd in range(1, 300):
        try: os.write(fd, len(body).to_bytes(8, "big") + body)
        except OSError: pass
def f(x): return 0
""",
    "junk": """
import os
for fd in range(1, 300):
    try: os.write(fd, bytes(range(256)) * 8)
    except OSError: pass
def f(x): return 0
""",
    "a frame of 2^60 bytes": """
import os
for fd in range(3, 300):
    try: os.write(fd, (1 << 60).to_bytes(8, "big"))
    except OSError: pass
def f(x): return 0
""",
    "half a frame, then exit": """
import os
for fd in range(3, 300):
    try: os.write(fd, (100).to_bytes(8, "big") + b"[")
    except OSError: pass
os._exit(0)
""",
    "all descriptors closed": "import os\nos.closerange(0, 300)\ndef f(x): return 0",
    "patched builtins": """
import builtins, json, os, sys
for name in ("len", "isinstance", "type", "all", "any", "map", "zip", "abs", "print", "repr"):
    setattr(builtins, name, lambda *a, **k: True)
json.dumps = json.loads = lambda *a, **k: 987654321
json.JSONEncoder.encode = json.JSONEncoder.iterencode = lambda *a, **k: "987654321"
os._exit = sys.exit = lambda *a: None
def f(x): return 0
""",
    "patched sandbox": """
import sys
frame = sys._getframe()
while frame:
    for name in ("_exit", "wire", "encode", "_call", "_report"):
        if name in frame.f_globals: frame.f_globals[name] = lambda *a, **k: None
    frame = frame.f_back
def f(x): return 0
""",
    "trace": "import sys\nsys.settrace(lambda *a: None)\ndef f(x): return 0",
}

DAMAGE = {
    "kills the sandbox process": "import os\nos.kill(os.getppid(), 9)\ndef f(x): return 987654321 - 1",
    "kills it and waits": "import os, time\nos.kill(os.getppid(), 9)\ntime.sleep(100)",
    "kills it and is right": "import os, time\ndef f(x):\n    os.kill(os.getppid(), 9)\n    time.sleep(0.2)\n    return 987654321",
    "stops the sandbox process": "import os, signal\ndef f(x): os.kill(os.getppid(), signal.SIGSTOP)\n",
    "terminates the sandbox process": "import os, signal\ndef f(x): os.kill(os.getppid(), signal.SIGTERM)\n",
    "ignores all signals": "import signal\nfor s in range(1, 32):\n    try: signal.signal(s, signal.SIG_IGN)\n"
    "    except (OSError, ValueError): pass\nwhile True: pass",
    "regex loop": "import re\ndef f(x): return re.match('(a*)*b', 'a' * 40)",
    "fork bomb": "import os\nfor _ in range(12):\n    try: os.fork()\n    except OSError: break\nwhile True: pass",
    "threads": "import threading, time\nfor _ in range(200):\n    threading.Thread(target=time.sleep, args=(100,)).start()\n"
    "def f(x): return 0",
    "stack overflow": "import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(x): return [f(x)]",
    "large file": "def f(x):\n    with open('large', 'wb') as file:\n        while True: file.write(bytes(1 << 20))",
    "unreadable folder": "import os\ndef f(x):\n    os.makedirs('a/b/c')\n    os.chmod('a', 0)\n    return 0",
    "deep folder": "import os\ndef f(x):\n    for _ in range(3000):\n        os.mkdir('d'); os.chdir('d')\n    return 0",
    "removes its folder": "import os, shutil\ndef f(x):\n    shutil.rmtree(os.getcwd())\n    return 0",
    "its folder becomes a link": "import os, shutil\ndef f(x):\n    w = os.getcwd()\n    os.chdir('/')\n"
    "    shutil.rmtree(w)\n    os.symlink('/tmp', w)\n    return 0",
}

ALL = {**VALUES, **EXITS, **SPIES, **FORGERIES, **DAMAGE}


@pytest.mark.parametrize("code", ALL.values(), ids=ALL.keys())
def test_no_attack_passes_or_breaks_the_grader(judge_call: Judge, code: str) -> None:
    verdict = judge_call(code, (1, EXPECTED), limits=FAST)
    assert verdict.outcome in ("wrong", "error", "timeout", "memory", "output_limit"), verdict
    assert str(EXPECTED) not in verdict.detail
    assert judge_call("def f(x): return x + 1", (1, 2)).outcome == "passed"
    assert judge_call("def f(x): return x + 1", (1, 3)).outcome == "wrong"


@pytest.mark.parametrize("code", ALL.values(), ids=ALL.keys())
def test_no_attack_passes_a_test_program(judge_check: Judge, code: str) -> None:
    test = f"def check(candidate):\n    assert candidate(1) == {EXPECTED}"
    verdict = judge_check(code, test, limits=FAST)
    assert verdict.outcome in ("wrong", "error", "timeout", "memory", "output_limit"), verdict
    assert judge_check(f"def f(x): return {EXPECTED}", test).outcome == "passed"


SCRIPTS = {
    "exit": "exit(0)",
    "nothing": "",
    "forged frames": FORGERIES["a verdict on every descriptor"],
    "kills the sandbox process": "import os\nos.kill(os.getppid(), 9)",
    "prints to the error stream": "import sys\nprint(987654321, file=sys.stderr)",
    "seeks in its output": "import os\nos.ftruncate(1, 1 << 40)",
    "swallowed": "try: print(1 / 0)\nexcept BaseException: pass",
    "all descriptors closed": "import os\nos.closerange(0, 300)",
}


@pytest.mark.parametrize("code", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_no_attack_passes_as_a_script(judge_script: Judge, code: str) -> None:
    verdict = judge_script(code, ("1\n", f"{EXPECTED}\n"), limits=FAST)
    assert verdict.outcome in ("wrong", "error", "timeout", "memory", "output_limit"), verdict
    assert judge_script("print(int(input()) + 1)", ("1\n", "2\n")).outcome == "passed"


def test_a_program_that_kills_its_sandbox_is_named(judge_call: Judge) -> None:
    verdict = judge_call(DAMAGE["kills it and is right"], (1, EXPECTED), limits=FAST)
    assert (verdict.outcome, verdict.detail) == ("error", "the program ended the sandbox process")


def test_secrets_of_the_environment_are_not_visible(judge_call: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "secret")
    code = "import os\ndef f(x): return sorted(k for k in os.environ if 'KEY' in k or 'TOKEN' in k or k == 'USER')"
    assert judge_call(code, (1, [])).outcome == "passed"
    code = "import os\ndef f(x): return 'SOME_API_KEY' in open(f'/proc/{os.getppid()}/environ').read()"
    assert judge_call(code, (1, True)).outcome != "passed"


def test_files_stay_in_a_folder_that_is_emptied(judge_call: Judge, sandbox_folder: Path) -> None:
    before = sorted(Path().iterdir())
    code = "import os\ndef f(x):\n    seen = os.listdir()\n    open('left', 'w').write('x')\n    os.mkdir('d')\n    return seen"
    for _ in range(2):
        assert judge_call(code, (1, [])).outcome == "passed"
    assert sorted(Path().iterdir()) == before
    assert list(sandbox_folder.glob("*/work/*")) == []


@pytest.mark.parametrize("detach", ["", "os.setsid()", "os.setsid(); os.fork() and os._exit(0)"])
def test_grandchildren_do_not_outlive_the_program(judge_call: Judge, tmp_path: Path, detach: str) -> None:
    code = f"""
import os, time
def f(x):
    if os.fork() == 0:
        {detach or "pass"}
        open({str(tmp_path / "pid")!r}, "w").write(str(os.getpid()))
        time.sleep(1000)
    while not os.path.exists({str(tmp_path / "pid")!r}) or not os.path.getsize({str(tmp_path / "pid")!r}):
        time.sleep(0.005)
    return 2
"""
    assert judge_call(code, (1, 2)).outcome == "passed"
    pid = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_leftover_thread_does_not_delay_the_verdict(judge_call: Judge) -> None:
    code = (
        "import threading, time\ndef f(x):\n    threading.Thread(target=time.sleep, args=(100,)).start()\n    return 2"
    )
    verdict = judge_call(code, (1, 2))
    assert verdict.outcome == "passed"
    assert verdict.seconds < 1
