"""Two programs that help each other: the first leaves something behind, the second passes if it finds it."""

from __future__ import annotations

from attack import BUSY, EITHER, FAILS, PASSES, PATIENT, Attack

from cotbench.grading.levels import Level

_IPC = "import ctypes\nlibc = ctypes.CDLL(None)\nlibc.shmat.restype = ctypes.c_void_p\nlibc.shmat.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_int]\n"
_QUEUE = "import ctypes\nlibrary = ctypes.CDLL('librt.so.1')\n"

# Name: from which level nothing may come through, the first program, and the body of the second one's function.
_PAIRS: dict[str, tuple[Level, str, str]] = {
    "a file": ("none", "open('left', 'w').write('x')\ndef f(x): return 0", "return '@DONE@' if os.listdir() else ''"),
    "a hidden file": (
        "none",
        "open('.left', 'w').write('x')\ndef f(x): return 0",
        "return '@DONE@' if os.path.exists('.left') else ''",
    ),
    "a folder that nobody may read": (
        "none",
        "import os\nos.makedirs('a/b')\nos.chmod('a', 0)\ndef f(x): return 0",
        "return '@DONE@' if os.path.exists('a') else ''",
    ),
    "a module to import": (
        "none",
        "open('planted.py', 'w').write('answer = 1')\nopen('bisect.py', 'w').write('answer = 1')\ndef f(x): return 0",
        "import planted\n    return '@DONE@' if planted.answer == 1 else ''",
    ),
    "a file in its home": (
        "none",
        "import os\nopen(os.path.expanduser('~/left'), 'w').write('x')\ndef f(x): return 0",
        "return '@DONE@' if os.path.exists(os.path.expanduser('~/left')) else ''",
    ),
    "a file by tempfile": (
        "none",
        "import os, tempfile\nopen(os.path.join(tempfile.gettempdir(), 'left'), 'w').write('x')\ndef f(x): return 0",
        "import tempfile\n    return '@DONE@' if os.path.exists(os.path.join(tempfile.gettempdir(), 'left')) else ''",
    ),
    "a file after a right answer": (
        "none",
        "open('left', 'w').write('x')\ndef f(x): return 987654321",
        "return '@DONE@' if os.path.exists('left') else ''",
    ),
    "a file in the temporary folder": (
        "docker",
        "open('/tmp/@MARK@', 'w').write('x')\ndef f(x): return 0",
        "return '@DONE@' if os.path.exists('/tmp/@MARK@') else ''",
    ),
    "a file in shared memory": (
        "docker",
        "open('/dev/shm/@MARK@', 'w').write('x')\ndef f(x): return 0",
        "return '@DONE@' if os.path.exists('/dev/shm/@MARK@') else ''",
    ),
    "shared memory of System V": (
        "docker",
        _IPC
        + "import ctypes\nn = libc.shmget(0x61647601, 4096, 0o1666)\nctypes.memset(libc.shmat(n, None, 0), 7, 1)\ndef f(x): return 0",
        "import ctypes\n    libc = ctypes.CDLL(None)\n    libc.shmat.restype = ctypes.c_void_p\n    n = libc.shmget(0x61647601, 4096, 0)\n"
        "    return '@DONE@' if n >= 0 and ctypes.string_at(libc.shmat(n, None, 0), 1) == bytes([7]) else ''",
    ),
    "a message of System V": (
        "docker",
        _IPC
        + "q = libc.msgget(0x61647602, 0o1666)\nlibc.msgsnd(q, (1).to_bytes(8, 'little') + b'x', 1, 0)\ndef f(x): return 0",
        "import ctypes\n    libc = ctypes.CDLL(None)\n    return '@DONE@' if libc.msgget(0x61647602, 0) >= 0 else ''",
    ),
    "a semaphore of System V": (
        "docker",
        _IPC + "libc.semget(0x61647603, 1, 0o1666)\ndef f(x): return 0",
        "import ctypes\n    return '@DONE@' if ctypes.CDLL(None).semget(0x61647603, 1, 0) >= 0 else ''",
    ),
    "a queue of messages": (
        "docker",
        _QUEUE + "library.mq_open(b'/@MARK@', 0o102, 0o600, None)\ndef f(x): return 0",
        "import ctypes\n    return '@DONE@' if ctypes.CDLL('librt.so.1').mq_open(b'/@MARK@', 0) >= 0 else ''",
    ),
    "an abstract socket": (
        "docker",
        "import os, socket, time\ndef f(x):\n    if os.fork() == 0:\n        os.setsid()\n        s = socket.socket(socket.AF_UNIX)\n"
        "        s.bind('\\0@MARK@')\n        s.listen()\n        time.sleep(30)\n        os._exit(0)\n    time.sleep(0.03)\n    return 0",
        "import socket\n    socket.socket(socket.AF_UNIX).connect('\\0@MARK@')\n    return '@DONE@'",
    ),
    "a builtin": (
        "none",
        "import builtins\nbuiltins.left = 1\ndef f(x): return 0",
        "import builtins\n    return '@DONE@' if hasattr(builtins, 'left') else ''",
    ),
    "an attribute of a module": (
        "none",
        "import os\nos.left = 1\ndef f(x): return 0",
        "return '@DONE@' if hasattr(os, 'left') else ''",
    ),
    "a variable of the environment": (
        "none",
        "import os\nos.environ['LEFT'] = '1'\ndef f(x): return 0",
        "return '@DONE@' if 'LEFT' in os.environ else ''",
    ),
    "a working folder": (
        "none",
        "import os\nos.mkdir('sub')\nos.chdir('sub')\ndef f(x): return 0",
        "return '@DONE@' if os.getcwd().endswith('sub') else ''",
    ),
    "a mask of modes": (
        "none",
        "import os\nos.umask(0o123)\ndef f(x): return 0",
        "return '@DONE@' if os.umask(0) == 0o123 else ''",
    ),
    "a random state": (
        "none",
        "import random\nrandom.seed(77)\ndef f(x): return 0",
        "import random\n    a = random.random()\n    random.seed(77)\n"
        "    return '@DONE@' if a == random.random() else ''",
    ),
    "an open file": (
        "none",
        "import os\nos.dup2(os.open('left', os.O_CREAT | os.O_RDWR), 77)\nos.set_inheritable(77, True)\ndef f(x): return 0",
        "os.fstat(77)\n    return '@DONE@'",
    ),
    "a changed sandbox process": (
        "docker",
        """
import os
def f(x):
    with open(f"/proc/{os.getppid()}/mem", "r+b", 0) as memory:
        for line in open(f"/proc/{os.getppid()}/maps"):
            if "[stack]" in line:
                low, high = (int(n, 16) for n in line.split()[0].split("-"))
                memory.seek(low)
                memory.write(b"mark of adversary")
    return 0
""",
        """import re
    for line in open("/proc/self/maps"):
        if "[stack]" in line:
            low, high = (int(n, 16) for n in line.split()[0].split("-"))
            with open("/proc/self/mem", "rb", 0) as memory:
                memory.seek(low)
                return "@DONE@" if b"mark of " + b"adversary" in memory.read(high - low) else ""
""",
    ),
    "a lower priority": (
        "none",
        "import os\nos.nice(7)\ndef f(x): return 0",
        "return '@DONE@' if os.nice(0) == 7 else ''",
    ),
    "lower limits": (
        "none",
        "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (17, 17))\ndef f(x): return 0",
        "import resource\n    return '@DONE@' if resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 17 else ''",
    ),
}

_THREAD = "import threading, time\ndef f(x):\n    threading.Thread(target=time.sleep, args=(100,)).start()\n    return 987654321"
_LATE = """
import os, threading, time
def late():
    time.sleep(0.01)
    while True:
        for fd in range(3, 50):
            try: os.write(fd, b"late" * 100)
            except OSError: pass
def f(x):
    threading.Thread(target=late).start()
    return 987654321
"""

ATTACKS = [
    *(
        Attack(
            f"leaves {name}",
            first,
            may=EITHER,
            contained_from=level,
            limits=BUSY,
            then=f"import os\ndef f(x):\n    {second}",
        )
        for name, (level, first, second) in _PAIRS.items()
    ),
    Attack("right, and leaves a thread", _THREAD, may=PASSES, limits=PATIENT),
    Attack("right, and a thread writes later", _LATE, may=EITHER),
    Attack("wrong, and a thread writes later", _LATE.replace("return 987654321", "return 0"), may=FAILS),
]
