"""Every ordinary way to read, print and end, and every state that a program may keep: two different cases in one job each.

A judge may run several cases in one process. Each program here is right for each case alone, so it has to pass.
"""

from __future__ import annotations

import pytest
from sandbox_jobs import Judge

from cotbench.core.verdict import Limits

FIRST = ("3\n1 2 3\n", "6\n")
SECOND = ("2\n40 5\n", "45\n")

SUM = "\nprint(sum(map(int, text.split()[1:])))"
LINES = "\nprint(sum(map(int, lines[1].split())))"
WORDS = "text = open(0).read()\nn = sum(map(int, text.split()[1:]))\n"

READING = {
    "input": "n = int(input())\nprint(sum(map(int, input().split())))",
    "input in a comprehension": "n = int(input())\na = [int(w) for w in input().split()][:n]\nprint(sum(a))",
    "input rebound": "import sys\ninput = sys.stdin.readline\ninput()\nprint(sum(map(int, input().split())))",
    "input rebound to lambda": "import sys\ninput = lambda: sys.stdin.readline().rstrip()\ninput()\nprint(sum(map(int, input().split())))",
    "input over an iterator": "import sys\nit = iter(sys.stdin.read().split())\ninput = lambda: next(it)\nn = int(input())\n"
    "print(sum(int(input()) for _ in range(n)))",
    "input from a StringIO": "import io, sys\nsys.stdin = io.StringIO(sys.stdin.read())\ninput()\nprint(sum(map(int, input().split())))",
    "until EOFError": "s = 0\ninput()\ntry:\n    while True: s += sum(map(int, input().split()))\nexcept EOFError: print(s)",
    "stdin.read": "import sys\ntext = sys.stdin.read()" + SUM,
    "stdin.read of some": "import sys\ntext = ''\nwhile part := sys.stdin.read(3): text += part" + SUM,
    "stdin.readline": "import sys\nsys.stdin.readline()\nprint(sum(map(int, sys.stdin.readline().split())))",
    "stdin.readline to the end": "import sys\nlines = []\nwhile line := sys.stdin.readline(): lines.append(line)"
    + LINES,
    "iter of readline": "import sys\nlines = list(iter(sys.stdin.readline, ''))" + LINES,
    "stdin.readlines": "import sys\nlines = sys.stdin.readlines()" + LINES,
    "for line in stdin": "import sys\nlines = []\nfor line in sys.stdin: lines.append(line)" + LINES,
    "map over stdin": "import sys\nlines = list(map(str.strip, sys.stdin))" + LINES,
    "next of stdin": "import sys\nnext(sys.stdin)\nprint(sum(map(int, next(sys.stdin).split())))",
    "enumerate of stdin": "import sys\nfor i, line in enumerate(sys.stdin):\n    if i == 1: print(sum(map(int, line.split())))",
    "input, then read": "import sys\nn = input()\nprint(sum(map(int, sys.stdin.read().split())))",
    "input, then readline": "import sys\nn = input()\nprint(sum(map(int, sys.stdin.readline().split())))",
    "readline, then input": "import sys\nn = sys.stdin.readline()\nprint(sum(map(int, input().split())))",
    "readline, then iteration": "import sys\nn = sys.stdin.readline()\nfor line in sys.stdin: print(sum(map(int, line.split())))",
    "input, then readlines": "import sys\nn = input()\nprint(sum(map(int, sys.stdin.readlines()[0].split())))",
    "from sys import stdin": "from sys import stdin\nstdin.readline()\nprint(sum(map(int, stdin.readline().split())))",
    "from sys import stdin, stdout": "from sys import stdin, stdout\nlines = stdin.readlines()\nstdout.write(str(sum(map(int, lines[1].split()))))",
    "buffer.read": "import sys\ntext = sys.stdin.buffer.read()" + SUM,
    "buffer.read decoded": "import sys\ntext = sys.stdin.buffer.read().decode()" + SUM,
    "buffer.readline": "import sys\nread = sys.stdin.buffer.readline\nread()\nprint(sum(map(int, read().split())))",
    "buffer.readlines": "import sys\nlines = sys.stdin.buffer.readlines()" + LINES,
    "for line in buffer": "import sys\nlines = [line for line in sys.stdin.buffer]" + LINES,
    "buffer.read1": "import sys\ntext = sys.stdin.buffer.read1()" + SUM,
    "buffer.readinto": "import sys\ntext = bytearray(100)\nn = sys.stdin.buffer.readinto(text)\ntext = text[:n]" + SUM,
    "buffer.peek": "import sys\ntext = sys.stdin.buffer.peek()" + SUM,
    "buffer.raw": "import sys\ntext = sys.stdin.buffer.raw.readall()" + SUM,
    "open(0)": "text = open(0).read()" + SUM,
    "open(0) in lines": "lines = [*open(0)]" + LINES,
    "open(0, rb)": "text = open(0, 'rb').read()" + SUM,
    "open(0) and closed": "with open(0) as file: text = file.read()" + SUM,
    "open(0) without closing": "text = open(0, closefd=False).read()" + SUM,
    "unbuffered open(0)": "text = open(0, 'rb', 0).read()" + SUM,
    "os.fdopen": "import os\ntext = os.fdopen(0).read()" + SUM,
    "TextIOWrapper": "import io, sys\nsys.stdin = io.TextIOWrapper(sys.stdin.buffer, 'utf-8')\nlines = sys.stdin.readlines()"
    + LINES,
    "detached": "import sys\ntext = sys.stdin.detach().read()" + SUM,
    "reconfigured": "import sys\nsys.stdin.reconfigure(encoding='latin-1')\ntext = sys.stdin.read()" + SUM,
    "/dev/stdin": "text = open('/dev/stdin').read()" + SUM,
    "/dev/fd/0": "text = open('/dev/fd/0').read()" + SUM,
    "pathlib": "import pathlib\ntext = pathlib.Path('/dev/stdin').read_text()" + SUM,
    "os.read": "import os\ntext = os.read(0, 10 ** 6)" + SUM,
    "os.read to the end": "import os\ntext = b''\nwhile part := os.read(0, 4): text += part" + SUM,
    "os.read of fstat": "import io, os\ntext = io.BytesIO(os.read(0, os.fstat(0).st_size)).read()" + SUM,
    "fast IO": """
import os, sys
from io import BytesIO, IOBase
class FastIO(IOBase):
    newlines = 0
    def __init__(self, file):
        self._fd = file.fileno()
        self.buffer = BytesIO()
        self.writable = "x" in file.mode or "r" not in file.mode
        self.write = self.buffer.write if self.writable else None
    def readline(self):
        while self.newlines == 0:
            b = os.read(self._fd, max(os.fstat(self._fd).st_size, 8192))
            self.newlines = b.count(b"\\n") + (not b)
            ptr = self.buffer.tell()
            self.buffer.seek(0, 2), self.buffer.write(b), self.buffer.seek(ptr)
        self.newlines -= 1
        return self.buffer.readline()
    def flush(self):
        if self.writable:
            os.write(self._fd, self.buffer.getvalue())
            self.buffer.truncate(0), self.buffer.seek(0)
class IOWrapper(IOBase):
    def __init__(self, file):
        self.buffer = FastIO(file)
        self.flush = self.buffer.flush
        self.writable = self.buffer.writable
        self.write = lambda s: self.buffer.write(s.encode("ascii"))
        self.readline = lambda: self.buffer.readline().decode("ascii")
sys.stdin, sys.stdout = IOWrapper(sys.stdin), IOWrapper(sys.stdout)
input = lambda: sys.stdin.readline().rstrip("\\r\\n")
input()
sys.stdout.write(str(sum(map(int, input().split()))) + "\\n")
sys.stdout.flush()
""",
    "mmap": "import mmap\ntext = mmap.mmap(0, 0, prot=mmap.PROT_READ)[:]" + SUM,
    "fileinput": "import fileinput\ntext = ' '.join(fileinput.input())" + SUM,
    "fileinput by line": "import fileinput\nlines = []\nfor line in fileinput.input(): lines.append(line)" + LINES,
    "select": "import select, sys\nselect.select([sys.stdin], [], [])\ntext = sys.stdin.read()" + SUM,
    "csv": "import csv, sys\nrows = list(csv.reader(sys.stdin, delimiter=' '))\nprint(sum(map(int, rows[1])))",
    "numpy": "import numpy, sys\nprint(int(numpy.array(sys.stdin.read().split(), dtype=int)[1:].sum()))",
    "isatty": "import sys\nassert not sys.stdin.isatty()\ntext = sys.stdin.read()" + SUM,
    "seek and read again": "import sys\nsys.stdin.read()\nsys.stdin.seek(0)\ntext = sys.stdin.read()" + SUM,
}

WRITING = {
    "print": "print(n)",
    "print of parts": "s = str(n)\nprint(s[0], end='')\nprint(s[1:], end='\\n')",
    "print with sep": "print('', n, '', sep='')",
    "print with unpacking": "print(*str(n), sep='')",
    "print to a file": "import sys\nprint(n, file=sys.stdout)",
    "print to __stdout__": "import sys\nprint(n, file=sys.__stdout__)",
    "print with flush": "print(n, flush=True)",
    "print of lines": "print('\\n'.join(map(str, [n])))",
    "stdout.write": "import sys\nsys.stdout.write(str(n))",
    "stdout.write with a line end": "import sys\nsys.stdout.write(f'{n}\\n')",
    "stdout.writelines": "import sys\nsys.stdout.writelines([str(n), '\\n'])",
    "write rebound": "import sys\nwrite = sys.stdout.write\nwrite(str(n))",
    "print rebound": "from functools import partial\nprint = partial(print, flush=True)\nprint(n)",
    "stdout.buffer.write": "import sys\nsys.stdout.buffer.write(str(n).encode())",
    "buffer after flushed text": "import sys\nprint(str(n)[0], end='', flush=True)\nsys.stdout.buffer.write(str(n)[1:].encode())",
    "os.write": "import os\nos.write(1, str(n).encode())",
    "os.write to the descriptor": "import os, sys\nos.write(sys.stdout.fileno(), str(n).encode())",
    "open(1)": "open(1, 'w').write(str(n))",
    "/dev/stdout": "with open('/dev/stdout', 'w') as file: file.write(str(n))",
    "StringIO in between": "import io, sys\nreal, sys.stdout = sys.stdout, io.StringIO()\nprint(n)\nreal.write(sys.stdout.getvalue())",
    "redirected": "import contextlib, io\nout = io.StringIO()\nwith contextlib.redirect_stdout(out): print(n)\nprint(out.getvalue())",
    "unbuffered": "import sys\nsys.stdout.reconfigure(write_through=True)\nprint(n)",
    "wrapped again": "import io, sys\nsys.stdout = io.TextIOWrapper(sys.stdout.buffer, 'utf-8')\nprint(n)",
    "pprint": "import pprint\npprint.pprint(n)",
    "logging to stdout": "import logging, sys\nlogging.basicConfig(stream=sys.stdout, format='%(message)s', level=20)\nlogging.info(n)",
    "words on the error stream": "import sys\nprint('debug', file=sys.stderr)\nprint(n)",
    "atexit": "import atexit\natexit.register(lambda: print(n))",
    "thread": "import threading\nthreading.Thread(target=print, args=(n,)).start()",
    "thread pool": "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(2) as pool: pool.submit(print, n)",
    "asyncio": "import asyncio\nasync def main(): print(n)\nasyncio.run(main())",
    "finally": "try:\n    exit()\nfinally:\n    print(n)",
}

ENDING = {
    "exit": "print(n)\nexit()",
    "exit(0)": "print(n)\nexit(0)",
    "quit": "print(n)\nquit()",
    "sys.exit": "import sys\nprint(n)\nsys.exit()",
    "sys.exit(0)": "import sys\nprint(n)\nsys.exit(0)",
    "raise SystemExit": "print(n)\nraise SystemExit",
    "exit in a function": "def solve():\n    print(n)\n    exit()\nsolve()\nprint('more')",
    "exit in a loop": "while True:\n    print(n)\n    exit()",
    "os._exit": "import os\nprint(n, flush=True)\nos._exit(0)",
    "exit caught": "try:\n    exit()\nexcept SystemExit:\n    print(n)",
    "main guard": "def main(): print(n)\nif __name__ == '__main__': main()",
    "main guard in double quotes": 'def main(): print(n)\nif __name__ == "__main__":\n    main()',
    "main guard in the middle": "def main(): print(n + k)\nif __name__ == '__main__':\n    k = 0\n    main()\nx = 1\ndef later(): pass",
    "main guard first": "if __name__ == '__main__':\n    print(n)\ndef g(): pass",
    "nested main guard": "if True:\n    for _ in range(1):\n        if __name__ == '__main__':\n            print(n)",
    "main guard with more": "if __name__ == '__main__' and n: print(n)\nelse: print('no')",
    "main guard turned": "if '__main__' == __name__: print(n)",
    "main guard negated": "if __name__ != '__main__':\n    raise SystemExit(3)\nprint(n)",
    "main guard with exit": "import sys\ndef main():\n    print(n)\n    return 0\nif __name__ == '__main__':\n    sys.exit(main())",
    "import of __main__": "import __main__\nprint(__main__.n)",
    "module by name": "import sys\nprint(sys.modules['__main__'].n)",
    "global": "total = 0\ndef add():\n    global total\n    total += n\nadd()\nprint(total)",
    "global that is made": "def make():\n    global total\n    total = n\nmake()\nprint(total)",
    "nonlocal": "def outer():\n    t = 0\n    def inner():\n        nonlocal t\n        t += n\n    inner()\n    return t\nprint(outer())",
    "globals()": "globals()['total'] = n\nprint(total)",
    "class body": "class A:\n    value = n\n    def show(self): print(self.value)\nA().show()",
    "exec": "exec('print(n)')",
    "annotations": "def g(x: int) -> 'int': return x\nprint(g(n))",
    "pickle of an own class": "import pickle\nclass P:\n    def __init__(self, v): self.v = v\nprint(pickle.loads(pickle.dumps(P(n))).v)",
    "dataclass": "from dataclasses import dataclass\n@dataclass\nclass P:\n    v: int\nprint(P(n).v)",
    "sys.argv": "import sys\nprint(n if len(sys.argv) == 1 else 0)",
    "deep recursion": "import sys\nsys.setrecursionlimit(10 ** 6)\ndef g(k): return 0 if k == 0 else 1 + g(k - 1)\nprint(n + g(60_000) - 60_000)",
    "deep cache": "import sys\nfrom functools import lru_cache\nsys.setrecursionlimit(10 ** 6)\n@lru_cache(None)\n"
    "def g(k): return 0 if k == 0 else 1 + g(k - 1)\nprint(n + g(30_000) - 30_000)",
    "thread with a larger stack": "import sys, threading\nsys.setrecursionlimit(10 ** 6)\nthreading.stack_size(1 << 27)\n"
    "def g(k): return 0 if k == 0 else 1 + g(k - 1)\ndef main(): print(n + g(60_000) - 60_000)\n"
    "t = threading.Thread(target=main)\nt.start()\nt.join()",
    "temporary file": "import tempfile\nwith tempfile.TemporaryFile('w+') as file:\n    file.write(str(n))\n    file.seek(0)\n    print(file.read())",
}

STATE = {
    "builtins": "import builtins\nprint(n + getattr(builtins, 'kept', 0))\nbuiltins.kept = 100",
    "a builtin function": "import builtins\nprint(n)\nbuiltins.print = builtins.input = builtins.int = lambda *a: 7",
    "a lost builtin": "import builtins\nprint(n)\ndel builtins.sum, builtins.map",
    "a module": "import math\nprint(n + getattr(math, 'kept', 0))\nmath.kept = 100",
    "a function of a module": "import os\nprint(n)\nos.read = os.write = None\nimport json\njson.dumps = json.loads = None",
    "a lost module": "import sys\nprint(n)\nsys.modules['math'] = None\nsys.path.clear()",
    "stdout": "import io, sys\nprint(n)\nsys.stdout.flush()\nsys.stdout = io.StringIO()",
    "stdin": "import io, sys\nprint(n)\nsys.stdin = io.StringIO('junk')",
    "stdout closed": "import sys\nprint(n)\nsys.stdout.close()",
    "stdin closed": "import sys\nprint(n)\nsys.stdin.close()",
    "no streams": "import sys\nprint(n, flush=True)\nsys.stdin = sys.stdout = sys.stderr = None",
    "environment": "import os\nprint(n + int(os.environ.get('KEPT', 0)))\nos.environ['KEPT'] = '100'",
    "a file": "import os\nprint(n + 100 * os.path.exists('kept'))\nopen('kept', 'w').close()",
    "a file that is appended to": "with open('kept', 'a+') as file:\n    file.write(f'{n}\\n')\n    file.seek(0)\n    print(sum(map(int, file)))",
    "a working folder": "import os\nprint(n + 100 * os.path.exists('../sub'))\nos.makedirs('sub')\nos.chdir('sub')",
    "closed descriptors": "import os\nprint(n, flush=True)\nos.close(1)",
    "closed other descriptors": "import os\nprint(n, flush=True)\nos.closerange(3, 1000)",
    "moved descriptors": "import os\nprint(n, flush=True)\nos.dup2(os.open(os.devnull, os.O_RDWR), 1)",
    "recursion limit": "import sys\nprint(n + 100 * (sys.getrecursionlimit() != 1000))\nsys.setrecursionlimit(50_000)",
    "decimal context": "from decimal import Decimal, getcontext\nprint(n if getcontext().prec == 28 else 0)\ngetcontext().prec = 2\nDecimal(1) / 3",
    "random seed": "import random\na = random.getstate()\nrandom.seed(1)\nprint(n + 100 * (a == random.getstate()))",
    "locale": "import locale\nlocale.setlocale(locale.LC_ALL, 'C')\nprint(n)",
    "signal handlers": "import signal\nprint(n + 100 * (signal.getsignal(signal.SIGALRM) is not signal.SIG_DFL))\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)",
    "an alarm": "import signal\nsignal.setitimer(signal.ITIMER_REAL, 0.05)\nprint(n)",
    "warnings": "import warnings\nprint(n + 100 * (('error', None, Warning, None, 0) in warnings.filters))\nwarnings.simplefilter('error')",
    "a thread that goes on": "import threading, time\nprint(n)\nthreading.Thread(target=time.sleep, args=(30,), daemon=True).start()",
    "a thread that prints later": "import threading, time\nprint(n, flush=True)\n"
    "threading.Thread(target=lambda: (time.sleep(0.2), print('late')), daemon=True).start()",
    "a cache": "from functools import lru_cache\n@lru_cache(None)\ndef g(): return n\nprint(g())",
    "atexit": "import atexit\natexit.register(print, n)",
    "a trace": "import sys\nprint(n)\nsys.settrace(lambda *a: None)\nsys.setprofile(lambda *a: None)",
    "a hook for exceptions": "import sys\nprint(n)\nsys.excepthook = lambda *a: None\nsys.displayhook = None",
    "the collector": "import gc\nprint(n)\ngc.disable()\ngc.set_threshold(1)",
    "int digits": "import sys\nprint(n + 100 * (sys.get_int_max_str_digits() != 4300))\nsys.set_int_max_str_digits(0)",
    "the size of thread stacks": "import threading\nthreading.stack_size(1 << 26)\nprint(n)",
    "the mask of modes": "import os\nprint(n + 100 * (os.umask(0o777) == 0o777))",
    "limits": "import resource\nprint(n)\nresource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))",
    "sys.argv": "import sys\nprint(n + 100 * (len(sys.argv) > 1))\nsys.argv.append('x')",
    "logging": "import logging\nprint(n + 100 * len(logging.getLogger().handlers))\nlogging.basicConfig()",
    "numpy": "import numpy\nprint(n if numpy.get_printoptions()['precision'] == 8 else 0)\nnumpy.set_printoptions(precision=2)\nnumpy.seterr(all='raise')",
}

LIMITS = Limits(seconds=4.0, memory=512 << 20)


def assert_passes(judge_script: Judge, code: str) -> None:
    verdict = judge_script(code, FIRST, SECOND, limits=LIMITS)
    assert (verdict.outcome, verdict.passed) == ("passed", 2), verdict
    # The other way round, so that neither case can live from what the other left.
    verdict = judge_script(code, SECOND, FIRST, SECOND, limits=LIMITS)
    assert (verdict.outcome, verdict.passed) == ("passed", 3), verdict


@pytest.mark.parametrize("code", READING.values(), ids=READING.keys())
def test_ways_to_read(judge_script: Judge, code: str) -> None:
    assert_passes(judge_script, code)


@pytest.mark.parametrize("code", WRITING.values(), ids=WRITING.keys())
def test_ways_to_write(judge_script: Judge, code: str) -> None:
    assert_passes(judge_script, WORDS + code)


@pytest.mark.parametrize("code", ENDING.values(), ids=ENDING.keys())
def test_ways_to_be_laid_out_and_to_end(judge_script: Judge, code: str) -> None:
    assert_passes(judge_script, WORDS + code)


@pytest.mark.parametrize("code", STATE.values(), ids=STATE.keys())
def test_state_that_one_case_leaves_does_not_decide_another(judge_script: Judge, code: str) -> None:
    assert_passes(judge_script, WORDS + code)


@pytest.mark.parametrize("code", STATE.values(), ids=STATE.keys())
def test_state_does_not_hide_a_wrong_answer(judge_script: Judge, code: str) -> None:
    verdict = judge_script(WORDS + code, FIRST, (SECOND[0], "46\n"), limits=LIMITS)
    assert (verdict.outcome, verdict.passed) == ("wrong", 1), verdict


def test_thirty_megabytes_in_two_cases(judge_script: Judge) -> None:
    code = "n = int(input())\nline = 'x' * 59\nfor _ in range(n): print(line)"
    cases = [(f"{n}\n", ("x" * 59 + "\n") * n) for n in (500_000, 3)]
    verdict = judge_script(code, *cases, limits=Limits(seconds=10.0, memory=512 << 20))
    assert verdict.outcome == "passed", verdict
