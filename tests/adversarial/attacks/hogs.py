"""Programs that take all they can: time, memory, output, files, stack and threads."""

from __future__ import annotations

from attack import BUSY, PASSES, PATIENT, Attack, cheats

_TIME = {
    "endless loop": "def f(x):\n    while True: pass",
    "endless loop at import": "while True: pass",
    "sleep": "import time\ndef f(x): time.sleep(1000)",
    "sleep in short naps": "import time\ndef f(x):\n    while True: time.sleep(0.001)",
    "waits for itself": "import threading\ndef f(x): threading.Event().wait()",
    "lock": "import threading\nlock = threading.Lock()\ndef f(x):\n    lock.acquire()\n    lock.acquire()",
    "waits for a signal": "import signal\ndef f(x): signal.pause()",
    "reads a pipe that nobody writes": "import os\ndef f(x):\n    a, b = os.pipe()\n    os.read(a, 1)",
    "joins itself": "import threading\nt = threading.Thread(target=lambda: t.join())\ndef f(x):\n"
    "    e = threading.Thread(target=threading.Event().wait)\n    e.start()\n    e.join()",
    "regex": "import re\ndef f(x): return re.match('(a*)*b', 'a' * 40)",
    "power": "def f(x): return 10 ** 10 ** 8",
    "sum of a range": "def f(x): return sum(range(10 ** 12))",
    "text of a large int": "import sys\nsys.set_int_max_str_digits(0)\ndef f(x): return str(7 ** 5_000_000)",
    "int of a large text": "import sys\nsys.set_int_max_str_digits(0)\ndef f(x): return int('7' * 3_000_000)",
    "repeat without end": "import itertools, collections\ndef f(x): collections.deque(itertools.repeat(1), maxlen=0)",
    "product": "import itertools\ndef f(x): return sum(1 for _ in itertools.product(range(99), repeat=9))",
    "all threads spin": """
import threading
def spin():
    while True: pass
for _ in range(8): threading.Thread(target=spin, daemon=True).start()
def f(x):
    while True: pass
""",
    "a thread spins in the import lock": "import threading, time\ndef f(x):\n    import _imp\n    _imp.acquire_lock()\n"
    "    time.sleep(1000)",
    "exception that is caught for ever": "def f(x):\n    try: return f(x)\n    except RecursionError: return f(x)",
}

_MEMORY = {
    "bytes": "def f(x): return len(bytes(6 << 30))",
    "growing list": "def f(x):\n    v = []\n    while True: v.append(bytes(1 << 20))",
    "doubling list": "def f(x):\n    v = [0]\n    while True: v += v",
    "small objects": "def f(x):\n    v = None\n    while True: v = (v, object())",
    "text": "def f(x):\n    s = 'x'\n    while True: s += s",
    "dict": "def f(x): return len({n: str(n) for n in range(10 ** 9)})",
    "mapped memory": "import mmap\ndef f(x):\n    kept = []\n    while True:\n        m = mmap.mmap(-1, 64 << 20)\n        m.write(bytes(64 << 20))\n"
    "        kept.append(m)",
    "shared mapped memory": "import mmap\ndef f(x):\n    kept = []\n    while True:\n"
    "        m = mmap.mmap(-1, 32 << 20, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)\n        m.write(bytes(32 << 20))\n        kept.append(m)",
    "numpy": "import numpy\ndef f(x):\n    kept = []\n    while True: kept.append(numpy.ones(4_000_000))",
    "swallowed memory errors": """
def f(x):
    kept = []
    while True:
        try:
            while True: kept.append(bytes(1 << 20))
        except MemoryError: pass
""",
    "memory in threads": """
import threading
def hog():
    kept = []
    while True: kept.append(bytes(1 << 20))
def f(x):
    threads = [threading.Thread(target=hog) for _ in range(4)]
    for t in threads: t.start()
    for t in threads: t.join()
""",
    "lifted limits": """
import resource
for limit in (resource.RLIMIT_AS, resource.RLIMIT_DATA, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_STACK):
    for value in (resource.RLIM_INFINITY, 1 << 40):
        try: resource.setrlimit(limit, (value, value))
        except (ValueError, OSError): pass
def f(x):
    kept = []
    while len(kept) < 600: kept.append(bytes(1 << 20))
    return 987654321
""",
    "limits lifted by system call": """
import ctypes, resource
pair = (ctypes.c_ulong * 2)(2 ** 64 - 1, 2 ** 64 - 1)
for limit in (0, 1, 2, 3, 9):
    ctypes.CDLL(None).prlimit(0, limit, pair, None)
    ctypes.CDLL(None).prlimit(ctypes.c_int(1), limit, pair, None)
def f(x):
    kept = []
    while len(kept) < 600: kept.append(bytes(1 << 20))
    return 987654321
""",
    "many threads": "import threading, time\nfor _ in range(200):\n    threading.Thread(target=time.sleep, args=(100,)).start()\ndef f(x): return 0",
    "threads without end": "import threading, time\ndef f(x):\n    while True: threading.Thread(target=time.sleep, args=(9,)).start()",
    "large stack": "import threading\ndef f(x):\n    threading.stack_size(1 << 36)\n    threading.Thread(target=print).start()",
}

_FILES = {
    "large file": "def f(x):\n    with open('large', 'wb') as file:\n        while True: file.write(bytes(1 << 20))",
    "sparse file": "def f(x):\n    with open('sparse', 'wb') as file:\n        file.seek(1 << 42)\n        file.write(b'x')\n    return 0",
    "truncated file": "import os\ndef f(x):\n    fd = os.open('sparse', os.O_CREAT | os.O_RDWR)\n    os.ftruncate(fd, 1 << 40)\n    return 0",
    "allocated file": "import os\ndef f(x):\n    fd = os.open('allocated', os.O_CREAT | os.O_RDWR)\n    os.posix_fallocate(fd, 0, 1 << 34)\n    return 0",
    "many files": "def f(x):\n    n = 0\n    while n < 3000:\n        open(f'file{n}', 'w').write('x')\n        n += 1\n    return 0",
    "many large files": "def f(x):\n    for n in range(60): open(f'file{n}', 'wb').write(bytes(1 << 20))\n    return 0",
    "open files": "def f(x):\n    kept = []\n    while True: kept.append(open('one', 'w'))",
    "memory file": "import os\ndef f(x):\n    fd = os.memfd_create('m')\n    while True: os.write(fd, bytes(1 << 20))",
    "full pipes": "import os, fcntl\ndef f(x):\n    for _ in range(30):\n        a, b = os.pipe()\n        fcntl.fcntl(b, 1031, 1 << 20)\n"
    "        os.write(b, bytes(1 << 19))\n    return 0",
    "unreadable folder": "import os\ndef f(x):\n    os.makedirs('a/b/c')\n    os.chmod('a', 0)\n    return 0",
    "deep folder": "import os\ndef f(x):\n    for _ in range(1200):\n        os.mkdir('d'); os.chdir('d')\n    return 0",
    "odd file names": "import os\ndef f(x):\n    for name in (b'\\xff\\xfe', b'a\\nb', b'-rf', b'x' * 255, b' '): open(name, 'w').close()\n    return 0",
    "removes its folder": "import os, shutil\ndef f(x):\n    if not os.listdir(): shutil.rmtree(os.getcwd())\n    return 0",
    "its folder becomes a link": "import os, shutil\ndef f(x):\n    w = os.getcwd()\n    os.chdir('/')\n"
    "    if os.listdir(w): return 0\n    shutil.rmtree(w)\n    os.symlink('@OUTSIDE@', w)\n    return 0",
    "links to the world": "import os\ndef f(x):\n    os.symlink('/', 'root')\n    os.symlink('@OUTSIDE@', 'out')\n    os.symlink('loop', 'loop')\n    return 0",
    "named pipe": "import os\ndef f(x):\n    os.mkfifo('fifo')\n    return 0",
}

_OUTPUT = {
    "floods its output": "while True: print('x' * 1000)",
    "floods the error stream": "import sys\nwhile True: print('x' * 1000, file=sys.stderr)",
    "floods by system call": "import os\nwhile True: os.write(1, b'x' * 65536)",
    "one long line": "import sys\nwhile True: sys.stdout.write('987654321')",
    "output beyond the end": "import os\nos.lseek(1, 1 << 40, 0)\nos.write(1, b'x')",
    "endless loop in a script": "while True: pass",
    "sleep in a script": "import time\ntime.sleep(1000)",
    "memory in a script": "v = []\nwhile True: v.append(bytes(1 << 20))",
    "waits for a thread": "import threading\nprint(987654321, flush=True)\nthreading.Thread(target=threading.Event().wait).start()",
}

_FLOOD = (
    "import os, sys\ndef f(x):\n    while True:\n        os.write(1, b'x' * 9999)\n        os.write(2, b'x' * 9999)"
)
_CHATTY = "import sys\ndef f(x):\n    for _ in range(20): print('x' * 10_000)\n    return 987654321"

ATTACKS = [
    *cheats(_TIME, "call"),
    *cheats({name: _TIME[name] for name in ("endless loop", "sleep", "regex", "power")}, "check"),
    *cheats(_MEMORY, "call", limits=BUSY),
    *cheats(_FILES, "call", limits=BUSY),
    *cheats(_OUTPUT, "stdin"),
    *cheats({"floods both streams in a call": _FLOOD}, "call", "check"),
    Attack("right, and prints 200 kB", _CHATTY, may=PASSES, limits=PATIENT),
]
