"""Cases of standard input: the many ways to read and to print, and every outcome."""

from __future__ import annotations

import pytest
from sandbox_jobs import Judge

from cotbench.core.verdict import Limits

STDIN = "3\n1 2 3\n"
EXPECTED = "6\n"
SUM = "print(sum(map(int, text.split()[1:])))"

IDIOMS = {
    "input": "n = int(input())\nprint(sum(map(int, input().split())))",
    "input with a prompt goes to the output": "input('')\nprint(sum(map(int, input().split())))",
    "stdin.read": f"import sys\ntext = sys.stdin.read()\n{SUM}",
    "stdin.readline": "import sys\nsys.stdin.readline()\nprint(sum(map(int, sys.stdin.readline().split())))",
    "stdin.readlines": f"import sys\ntext = ' '.join(sys.stdin.readlines())\n{SUM}",
    "for line in stdin": f"import sys\ntext = ' '.join(line for line in sys.stdin)\n{SUM}",
    "stdin.buffer.read": f"import sys\ntext = sys.stdin.buffer.read()\n{SUM}",
    "stdin.buffer.readline": "import sys\nread = sys.stdin.buffer.readline\nread()\n"
    "print(sum(map(int, read().split())))",
    "input rebound": "import sys\ninput = sys.stdin.readline\ninput()\nprint(sum(map(int, input().split())))",
    "open(0)": f"text = open(0).read()\n{SUM}",
    "open(0, rb)": f"text = open(0, 'rb').read()\n{SUM}",
    "/dev/stdin": f"text = open('/dev/stdin').read()\n{SUM}",
    "os.read": f"import os\ntext = os.read(0, 10 ** 6)\n{SUM}",
    "BytesIO over fstat": f"import io, os\ntext = io.BytesIO(os.read(0, os.fstat(0).st_size)).read()\n{SUM}",
    "fileinput": f"import fileinput\ntext = ' '.join(fileinput.input())\n{SUM}",
    "until EOFError": "s = 0\ninput()\ntry:\n    while True: s += sum(map(int, input().split()))\n"
    "except EOFError: print(s)",
    "select": f"import select, sys\nselect.select([sys.stdin], [], [])\ntext = sys.stdin.read()\n{SUM}",
    "stdout.write": "import sys\nsys.stdout.write('6')",
    "stdout.buffer.write": "import sys\nsys.stdout.buffer.write(b'6')",
    "os.write": "import os\nos.write(1, b'6')",
    "open(1)": "open(1, 'w').write('6')",
    "print in parts": "print('', end='')\nprint(6, flush=True)",
    "replaced stdout": "import io, sys\nreal, sys.stdout = sys.stdout, io.StringIO()\nprint(6)\n"
    "real.write(sys.stdout.getvalue())",
    "atexit": "import atexit\natexit.register(lambda: print(6))",
    "main guard": "def main(): print(6)\nif __name__ == '__main__': main()",
    "import of __main__": "import __main__\nx = 6\nprint(__main__.x)",
    "global statement": "total = 0\ndef add():\n    global total\n    total += 6\nadd()\nprint(total)",
    "exit": "print(6)\nexit()",
    "quit": "print(6)\nquit(0)",
    "sys.exit": "import sys\nprint(6)\nsys.exit()",
    "os._exit": "import os\nprint(6, flush=True)\nos._exit(0)",
    "raise SystemExit": "print(6)\nraise SystemExit",
    "thread": "import threading\nthreading.Thread(target=lambda: print(6)).start()",
    "big stack thread": "import sys, threading\nsys.setrecursionlimit(10 ** 6)\nthreading.stack_size(1 << 27)\n"
    "def g(n): return 0 if n == 0 else 1 + g(n - 1)\n"
    "threading.Thread(target=lambda: print(g(60_000) - 59_994)).start()",
    "deep recursion": "import sys\nsys.setrecursionlimit(10 ** 6)\n"
    "def g(n): return 0 if n == 0 else 1 + g(n - 1)\nprint(g(150_000) - 149_994)",
    "deep cache": "import sys\nfrom functools import lru_cache\nsys.setrecursionlimit(10 ** 6)\n@lru_cache(None)\n"
    "def g(n): return 0 if n == 0 else 1 + g(n - 1)\nprint(g(50_000) - 49_994)",
    "stdin closed at the end": "import sys\nprint(6)\nsys.stdin.close()",
    "stdout closed at the end": "import sys\nprint(6)\nsys.stdout.close()",
    "other descriptors closed": "import os\nprint(6, flush=True)\nos.closerange(3, 1000)",
    "annotations from the future": "from __future__ import annotations\nprint(6)",
    "temporary file": "import tempfile\nwith tempfile.TemporaryFile() as file:\n    file.write(b'6')\n"
    "    file.seek(0)\n    print(file.read().decode())",
}


@pytest.mark.parametrize("code", IDIOMS.values(), ids=IDIOMS.keys())
def test_idioms(judge_script: Judge, code: str) -> None:
    verdict = judge_script(code, (STDIN, EXPECTED), limits=Limits(seconds=5.0))
    assert verdict.outcome == "passed", verdict


@pytest.mark.parametrize(
    ("code", "outcome", "detail"),
    [
        ("print(input())", "passed", ""),
        ("print(1)", "wrong", "case 2: wrong output"),
        ("x = input()\nif x == '1': print(x)", "wrong", "case 2: wrong output"),
        ("print(1 // (2 - int(input())))", "error", "case 2: ZeroDivisionError"),
        ("print(input())\nexit(1)", "error", "case 1: exit status 1"),
        ("import sys\nsys.exit('message')", "error", "case 1: exit status 1"),
        ("print(", "error", "case 1: SyntaxError"),
        ("input()\ninput()", "error", "case 1: EOFError"),
        ("import os\nos.abort()", "error", "case 1: ended by SIGABRT"),
        ("while True: pass", "timeout", "case 1: no result within the limit of 0.3 s"),
        ("while True: print('x' * 1000)", "output_limit", "case 1: output larger than 100000 bytes"),
        ("import os\nos.write(1, b'x' * 100_001)", "output_limit", "case 1: output larger than 100000 bytes"),
        ("d = []\nwhile True: d.append(bytes(1 << 20))", "memory", "case 1: MemoryError"),
    ],
)
def test_outcomes(judge_script: Judge, code: str, outcome: str, detail: str) -> None:
    limits = Limits(seconds=0.3, memory=256 << 20, output=100_000)
    verdict = judge_script(code, ("1\n", "1\n"), ("2\n", "2\n"), limits=limits)
    assert (verdict.outcome, verdict.detail) == (outcome, detail)


def test_large_input_and_output(judge_script: Judge) -> None:
    text = "\n".join(map(str, range(400_000))) + "\n"
    code = "import sys\nfor line in sys.stdin: print(line, end='')"
    limits = Limits(seconds=10.0, output=64 << 20)
    assert judge_script(code, (text, text), limits=limits).outcome == "passed"


def test_text_is_utf8(judge_script: Judge) -> None:
    assert judge_script("print(input()[::-1])", ("aé語😀\n", "😀語éa\n")).outcome == "passed"


def test_cases_do_not_share_state(judge_script: Judge) -> None:
    code = """
import os, builtins
print(getattr(builtins, 'seen', 0), os.listdir())
builtins.seen = 1
open('x', 'w').close()
"""
    assert judge_script(code, ("", "0 []\n"), ("", "0 []\n")).outcome == "passed"
