"""Starting processes, and staying behind: forks, daemons, other programs, and what may not change a verdict.

Every process that these programs start ends by itself within a minute, should a sandbox fail to end it. They carry the
arena's mark in their name, or in their arguments.
"""

from __future__ import annotations

from attack import EITHER, Attack, acts, cheats

_NAME = "import os, time\ntry: open('/proc/self/comm', 'w').write('@MARK@')\nexcept OSError: pass\n"

_STARTS = {
    "fork": _NAME + "def f(x):\n    if os.fork() == 0: os._exit(0)\n    return '@DONE@'",
    "vfork by system call": _NAME
    + "import ctypes\ndef f(x):\n    pid = ctypes.CDLL(None).fork()\n    if pid == 0: os._exit(0)\n    return '@DONE@' if pid > 0 else ''",
    "clone by system call": _NAME
    + "import ctypes\ndef f(x):\n    pid = ctypes.CDLL(None).syscall(56, 17, 0, 0, 0, 0)\n    if pid == 0: os._exit(0)\n    return '@DONE@' if pid > 0 else ''",
    "third clone by system call": _NAME
    + """
import ctypes
def f(x):
    arguments = (ctypes.c_ulong * 11)(0, 0, 0, 0, 17)
    pid = ctypes.CDLL(None).syscall(435, arguments, 88)
    if pid == 0: os._exit(0)
    return "@DONE@" if pid > 0 else ""
""",
    "subprocess": _NAME
    + "import subprocess\ndef f(x): return '@DONE@' if subprocess.run(['/bin/echo', '@MARK@'], capture_output=True).stdout else ''",
    "shell": _NAME + "def f(x): return '@DONE@' if os.system('true') == 0 else ''",
    "spawn": _NAME + "def f(x):\n    os.posix_spawn('/bin/true', ['@MARK@'], {})\n    return '@DONE@'",
    "multiprocessing": _NAME
    + "import multiprocessing\ndef f(x):\n    p = multiprocessing.get_context('fork').Process(target=os.getpid)\n    p.start()\n"
    "    return '@DONE@'",
    "terminal fork": _NAME
    + "import pty\ndef f(x):\n    pid, fd = pty.fork()\n    if pid == 0: os._exit(0)\n    return '@DONE@'",
}

_STAYS = {
    "child": _NAME + "if os.fork() == 0:\n    time.sleep(50)\n    os._exit(0)\ndef f(x): return 987654321",
    "daemon": _NAME
    + "def f(x):\n    if os.fork() == 0:\n        os.setsid()\n        time.sleep(50)\n        os._exit(0)\n    time.sleep(0.03)\n    return 987654321",
    "daemon of a daemon": _NAME
    + "def f(x):\n    if os.fork() == 0:\n        os.setsid()\n        if os.fork() == 0:\n            os.setsid()\n            time.sleep(50)\n"
    "        os._exit(0)\n    time.sleep(0.05)\n    return 987654321",
    "daemon that ignores signals": _NAME
    + "import signal\ndef f(x):\n    if os.fork() == 0:\n        os.setsid()\n        for s in range(1, 32):\n            try: signal.signal(s, signal.SIG_IGN)\n"
    "            except (OSError, ValueError): pass\n        time.sleep(50)\n        os._exit(0)\n    time.sleep(0.03)\n    return 987654321",
    "daemon that runs on": _NAME
    + "def f(x):\n    if os.fork() == 0:\n        os.setsid()\n        end = time.time() + 50\n        while time.time() < end: os.getppid()\n        os._exit(0)\n"
    "    time.sleep(0.03)\n    return 987654321",
    "other program": _NAME
    + "def f(x):\n    if os.fork() == 0:\n        os.setsid()\n        os.execv('/bin/sleep', ['@MARK@', '50'])\n    time.sleep(0.05)\n    return 987654321",
    "stopped child": _NAME
    + "import signal\ndef f(x):\n    pid = os.fork()\n    if pid == 0:\n        os.setsid()\n        time.sleep(50)\n        os._exit(0)\n    os.kill(pid, signal.SIGSTOP)\n"
    "    time.sleep(0.02)\n    return 987654321",
    "moved to another folder": _NAME
    + "def f(x):\n    if os.fork() == 0:\n        os.setsid()\n        os.chdir('/')\n        os.closerange(0, 300)\n        time.sleep(50)\n        os._exit(0)\n"
    "    time.sleep(0.03)\n    return 987654321",
}

_BOMBS = {
    "fork bomb": _NAME
    + "for _ in range(7):\n    try: os.fork()\n    except OSError: break\nend = time.time() + 40\nwhile time.time() < end: pass\nos._exit(0)",
    "sleeping bomb": _NAME
    + "def f(x):\n    for _ in range(100):\n        if os.fork() == 0:\n            time.sleep(40)\n            os._exit(0)\n    return 0",
    "chain of forks": _NAME
    + "def f(x):\n    end = time.time() + 3\n    while time.time() < end:\n        if os.fork(): os._exit(0)\n        os.setsid()\n    os._exit(0)",
    "zombies": _NAME + "def f(x):\n    for _ in range(60):\n        if os.fork() == 0: os._exit(0)\n    return 0",
    "child that answers": _NAME
    + "def f(x):\n    pid = os.fork()\n    if pid: os.waitpid(pid, 0)\n    return 987654320 + (pid != 0) * 3",
    "both answer": _NAME + "def f(x):\n    os.fork()\n    return 987654320",
    "fork at import": _NAME + "os.fork()\ndef f(x): return 0",
    "parent leaves": _NAME + "def f(x):\n    if os.fork(): os._exit(0)\n    time.sleep(0.05)\n    return 987654320",
    "child leaves through the runner": _NAME
    + "import sys\ndef f(x):\n    if os.fork() == 0: sys.exit(0)\n    return 0",
    "kills the sandbox process": "import os\nos.kill(os.getppid(), 9)\ndef f(x): return 987654321 - 1",
    "kills it and waits": "import os, time\nos.kill(os.getppid(), 9)\ntime.sleep(100)",
    "stops the sandbox process": "import os, signal\ndef f(x): os.kill(os.getppid(), signal.SIGSTOP)\n",
    "terminates the sandbox process": "import os, signal\ndef f(x): os.kill(os.getppid(), signal.SIGTERM)\n",
    "interrupts the sandbox process": "import os, signal\ndef f(x):\n    for _ in range(20): os.kill(os.getppid(), signal.SIGINT)\n",
    "all signals to the sandbox process": "import os\ndef f(x):\n    for s in range(64, 0, -1):\n        try: os.kill(os.getppid(), s)\n        except OSError: pass\n",
    "continues what it stopped": "import os, signal, time\ndef f(x):\n    os.kill(os.getppid(), signal.SIGSTOP)\n    time.sleep(0.1)\n"
    "    os.kill(os.getppid(), signal.SIGCONT)\n    return 0",
}

_KILLS_AND_IS_RIGHT = (
    "import os, time\ndef f(x):\n    os.kill(os.getppid(), 9)\n    time.sleep(0.2)\n    return 987654321"
)

ATTACKS = [
    *acts({f"starts by {name}": code for name, code in _STARTS.items()}, "basic"),
    *(Attack(f"leaves a {name}", code, may=EITHER) for name, code in _STAYS.items()),
    *cheats(_BOMBS, "call"),
    *cheats({name: code for name, code in _BOMBS.items() if "sandbox process" in name}, "check"),
    # Where it can kill, its answer may have come through before.
    Attack("kills the sandbox process and is right", _KILLS_AND_IS_RIGHT, may=EITHER, expected=987654321),
]
