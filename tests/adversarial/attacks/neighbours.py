"""Acts on processes that are none of the program's business: their environment, memory and life.

The arena holds a neighbour ready: a process with a key in its environment, which may be killed, stopped or traced. The grader
itself is the test process; it is only sent a signal that it counts.
"""

from __future__ import annotations

from attack import DONE, SECRET, Attack, acts

_LOOKS = {
    "environment of a neighbour": "import re\ndef f(x): return re.search('sk-adv-[0-9a-f]+', open('/proc/@NEIGHBOUR@/environ').read()).group()",
    "environment of everyone": """
import glob, re
def f(x):
    for name in glob.glob("/proc/[0-9]*/environ"):
        try: found = re.search("sk-adv-[0-9a-f]+", open(name).read())
        except OSError: continue
        if found: return found.group()
""",
    "memory of a neighbour": """
import re
def f(x):
    for line in open("/proc/@NEIGHBOUR@/maps"):
        if "[stack]" in line:
            low, high = (int(n, 16) for n in line.split()[0].split("-"))
            with open("/proc/@NEIGHBOUR@/mem", "rb", 0) as memory:
                memory.seek(low)
                return re.search(b"sk-adv-[0-9a-f]+", memory.read(high - low)).group().decode()
""",
    "memory of a neighbour by system call": """
import ctypes, re
class V(ctypes.Structure): _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]
def f(x):
    libc = ctypes.CDLL(None, use_errno=True)
    low, high = @NEIGHBOUR_STACK@
    data = ctypes.create_string_buffer(high - low)
    mine, theirs = V(ctypes.addressof(data), high - low), V(low, high - low)
    assert libc.process_vm_readv(@NEIGHBOUR@, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0) > 0
    return re.search(b"sk-adv-[0-9a-f]+", data.raw).group().decode()
""",
    "key in its own environment": """
import ctypes, os
def f(x):
    found = [v for v in os.environ.values() if v.startswith("sk-adv-")]
    get = ctypes.CDLL(None).getenv
    get.restype = ctypes.c_char_p
    value = get(b"ADVERSARY_API_KEY")
    return found[0] if found else value.decode() if value else ""
""",
}

_MAPS = {
    "maps of the grader": "def f(x): return '@DONE@' if 'libc' in open('/proc/@GRADER@/maps').read() else ''",
    "memory of the grader": "def f(x):\n    open('/proc/@GRADER@/mem', 'rb')\n    return '@DONE@'",
    "memory of the grader, for writing": "def f(x):\n    open('/proc/@GRADER@/mem', 'r+b', 0)\n    return '@DONE@'",
    "descriptors of the grader": "import os\ndef f(x): return '@DONE@' if os.listdir('/proc/@GRADER@/fd') else ''",
    "descriptors of its parent": "import os\ndef f(x): return '@DONE@' if [os.readlink(f'/proc/{os.getppid()}/fd/{n}') for n in os.listdir(f'/proc/{os.getppid()}/fd')] else ''",
    "command line of the grader": "def f(x): return '@DONE@' if 'py' in open('/proc/@GRADER@/cmdline').read() else ''",
    "list of all processes": "import os\ndef f(x): return '@DONE@' if '@GRADER@' in os.listdir('/proc') else ''",
    "trace of a neighbour": "import ctypes\ndef f(x): return '@DONE@' if ctypes.CDLL(None).ptrace(0x4206, @NEIGHBOUR@, 0, 0) == 0 else ''",
    "trace of its parent": "import ctypes, os\ndef f(x): return '@DONE@' if ctypes.CDLL(None).ptrace(0x4206, os.getppid(), 0, 0) == 0 else ''",
    "descriptor of a neighbour": """
import ctypes, os
def f(x):
    libc = ctypes.CDLL(None)
    pidfd = libc.syscall(434, @NEIGHBOUR@, 0)
    return "@DONE@" if pidfd >= 0 and libc.syscall(438, pidfd, 0, 0) >= 0 else ""
""",
    "priority of a neighbour": "import os\ndef f(x):\n    os.setpriority(os.PRIO_PROCESS, @NEIGHBOUR@, 5)\n    return '@DONE@'",
    "cores of a neighbour": "import os\ndef f(x):\n    os.sched_setaffinity(@NEIGHBOUR@, os.sched_getaffinity(0))\n    return '@DONE@'",
    "limits of a neighbour": "import resource\ndef f(x):\n    resource.prlimit(@NEIGHBOUR@, resource.RLIMIT_CORE, (0, 0))\n    return '@DONE@'",
    # Signal 0 is only a question, so that a grader which lets it pass is not killed with all else on the machine.
    "signal to everyone": "import os\ndef f(x):\n    os.kill(-1, 0)\n    return '@DONE@' if open('/proc/@GRADER@/stat').read() else ''",
}

_SIGNALS = {
    "kills a neighbour": "import os\ndef f(x):\n    os.kill(@NEIGHBOUR@, 9)\n    return 987654321",
    "kills a neighbour by posix": "import posix\ndef f(x):\n    posix.kill(@NEIGHBOUR@, 9)\n    return 987654321",
    "kills a neighbour by a descriptor": "import os, signal\ndef f(x):\n    signal.pidfd_send_signal(os.pidfd_open(@NEIGHBOUR@), 9)\n    return 987654321",
    "kills the group of a neighbour": "import os\ndef f(x):\n    os.killpg(@NEIGHBOUR@, 9)\n    return 987654321",
    "kills a neighbour's thread": "import ctypes\ndef f(x):\n    ctypes.CDLL(None).syscall(200, @NEIGHBOUR@, 9)\n    return 987654321",
    "queues a signal to a neighbour": "import ctypes\ndef f(x):\n    ctypes.CDLL(None).sigqueue(@NEIGHBOUR@, 9, 0)\n    return 987654321",
    "stops a neighbour": "import os, signal\ndef f(x):\n    os.kill(@NEIGHBOUR@, signal.SIGSTOP)\n    return 987654321",
    "has a neighbour killed by a descriptor's owner": "import fcntl, os, signal\ndef f(x):\n    a, b = os.pipe()\n"
    "    fcntl.fcntl(a, fcntl.F_SETOWN, @NEIGHBOUR@)\n    fcntl.fcntl(a, 10, 9)\n"
    "    fcntl.fcntl(a, fcntl.F_SETFL, fcntl.fcntl(a, fcntl.F_GETFL) | os.O_ASYNC)\n    os.write(b, b'x')\n    return 987654321",
}

_TO_GRADER = {
    "signals the grader": "import os, signal\ndef f(x):\n    os.kill(@GRADER@, signal.SIGUSR1)\n    return 987654321",
    "signals every ancestor": "import os, signal\ndef f(x):\n    for pid in (os.getppid(), @GRADER@):\n        try: os.kill(pid, signal.SIGUSR1)\n"
    "        except OSError: pass\n    return 987654321",
}

ATTACKS = [
    *acts({name: code for name, code in _LOOKS.items() if "its own" not in name}, "docker", SECRET),
    Attack("key in its own environment", _LOOKS["key in its own environment"], expected=SECRET),
    *acts(_MAPS, "docker", DONE),
    *acts(_SIGNALS, "docker", 987654321, "harmed"),
    *acts(_TO_GRADER, "docker", 987654321, "signalled"),
]
