"""Reading what is the user's, and writing outside of the folder that a program is given."""

from __future__ import annotations

from attack import BUSY, DONE, EITHER, PASSES, PATIENT, SECRET, Attack, acts

_THEFTS = {
    "key by open": "def f(x): return open('@SECRET_FILE@').read().strip()",
    "key by io": "import io\ndef f(x): return io.open('@SECRET_FILE@').read().strip()",
    "key by os": "import os\ndef f(x): return os.read(os.open('@SECRET_FILE@', os.O_RDONLY), 100).decode().strip()",
    "key by the C library": """
import ctypes
def f(x):
    libc = ctypes.CDLL(None)
    buffer = ctypes.create_string_buffer(100)
    fd = libc.open(b"@SECRET_FILE@", 0)
    libc.read(fd, buffer, 99)
    return buffer.value.decode().strip()
""",
    "key by mapping": "import mmap\ndef f(x):\n    with open('@SECRET_FILE@') as file:\n"
    "        return mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)[:].decode().strip()",
    "key by a symbolic link": "import os\ndef f(x):\n    os.symlink('@SECRET_FILE@', 'link')\n    return open('link').read().strip()",
    "key by a hard link": "import os\ndef f(x):\n    os.link('@SECRET_FILE@', 'hard')\n    return open('hard').read().strip()",
    "key by renaming": "import os\ndef f(x):\n    os.rename('@SECRET_FILE@', 'moved')\n    data = open('moved').read().strip()\n"
    "    os.rename('moved', '@SECRET_FILE@')\n    return data",
    "key by the folder above": "import os\ndef f(x): return open(os.path.relpath('@SECRET_FILE@')).read().strip()",
    "key by the root of another process": "def f(x): return open('/proc/@GRADER@/root@SECRET_FILE@').read().strip()",
    "key by the folder of another process": "import os\ndef f(x): return open(f'/proc/{os.getppid()}/cwd/../../../../../..@SECRET_FILE@').read().strip()",
    "key by an import": "import sys\nsys.path.insert(0, '@HOME@')\ndef f(x):\n    import stolen\n    return stolen.KEY",
    "key by copying": "import shutil\ndef f(x):\n    shutil.copy('@SECRET_FILE@', 'copy')\n    return open('copy').read().strip()",
    "key by sqlite": "import sqlite3\ndef f(x):\n    c = sqlite3.connect('file:@HOME@/keys.db?mode=ro', uri=True)\n"
    "    return c.execute('select key from keys').fetchone()[0]",
    "key by numpy": "import numpy\ndef f(x): return bytes(numpy.fromfile('@SECRET_FILE@', dtype=numpy.uint8)).decode().strip()",
    "answers on disk": "import json\ndef f(x): return json.load(open('@DATA@/answers.json'))['expected']",
    "answers found by a walk": """
import json, os
def f(x):
    for folder, _, names in os.walk('@OUTSIDE@'):
        for name in names:
            if name == "answers.json": return json.load(open(os.path.join(folder, name)))["expected"]
""",
    "answers beside installed packages": "import advdata, os, json\ndef f(x): return json.load(open(os.path.join(advdata.__path__[0], 'answers.json')))['expected']",
    "answers below the path of modules": """
import json, os, sys
def f(x):
    for folder in sys.path:
        name = os.path.join(folder, "advdata", "answers.json")
        if os.path.exists(name): return json.load(open(name))["expected"]
""",
    "solutions of the starter problems": """
def f(x):
    import os
    folder = "@PACKAGE@/benchmarks/starter"
    text = "".join(open(os.path.join(folder, name)).read() for name in os.listdir(folder))
    return "@DONE@" if "expected" in text else ""
""",
    "names of the user's files": "import os\ndef f(x): return '@DONE@' if 'id_rsa' in os.listdir('@HOME@/.ssh') else ''",
    "existence of the user's files": "import os\ndef f(x): return '@DONE@' if open('@HOME@/.ssh/id_rsa', 'rb').seekable() else ''",
    "password file": "def f(x): return '@DONE@' if 'root:' in open('/etc/shadow').read() else ''",
    "kernel memory": "import mmap, os\ndef f(x):\n    fd = os.open('/dev/mem', os.O_RDWR)\n    mmap.mmap(fd, 4096, offset=0)\n    return '@DONE@'",
    "raw disk": "import glob, os\ndef f(x):\n    for name in glob.glob('/dev/[vsn]d*') + glob.glob('/dev/vd*'):\n"
    "        os.read(os.open(name, os.O_RDONLY), 512)\n        return '@DONE@'",
    "kernel log": "import os\ndef f(x):\n    os.open('/dev/kmsg', os.O_RDONLY)\n    return '@DONE@'",
    "terminal": "import os\ndef f(x):\n    os.open('/dev/tty', os.O_RDWR)\n    return '@DONE@'",
}

_WRITES = {
    "file in another folder": "def f(x):\n    open('@OUTSIDE@/written', 'w').write('x')\n    return 987654321",
    "file in the temporary folder": "def f(x):\n    open('/tmp/@MARK@', 'w').write('x')\n    return 987654321",
    "file in shared memory": "def f(x):\n    open('/dev/shm/@MARK@', 'w').write('x')\n    return 987654321",
    "file in the home folder": "def f(x):\n    open('@HOME@/written', 'w').write('x')\n    return 987654321",
    "file among installed packages": "def f(x):\n    import sys\n    for p in sys.path:\n        if 'site-packages' in p:\n"
    "            open(p + '/@MARK@', 'w').write('x')\n            return 987654321",
    "file in the standard library": "def f(x):\n    import os\n    open(os.path.dirname(os.__file__) + '/@MARK@', 'w').write('x')\n    return 987654321",
    "file beside the grader": "def f(x):\n    open('@PACKAGE@/grading/@MARK@', 'w').write('x')\n    return 987654321",
    "folder": "import os\ndef f(x):\n    os.mkdir('@OUTSIDE@/written')\n    return 987654321",
    "link": "import os\ndef f(x):\n    os.symlink('/etc/passwd', '@OUTSIDE@/written')\n    return 987654321",
    "named pipe outside": "import os\ndef f(x):\n    os.mkfifo('@OUTSIDE@/written')\n    return 987654321",
    "device": "import os, stat\ndef f(x):\n    os.mknod('@OUTSIDE@/written', 0o600 | stat.S_IFCHR, os.makedev(1, 3))\n    return 987654321",
    "socket file": "import socket\ndef f(x):\n    s = socket.socket(socket.AF_UNIX)\n    s.bind('@OUTSIDE@/written')\n    return 987654321",
    "removal": "import os\ndef f(x):\n    os.unlink('@OUTSIDE@/precious')\n    return 987654321",
    "truncation": "import os\ndef f(x):\n    os.truncate('@OUTSIDE@/precious', 0)\n    return 987654321",
    "appending": "def f(x):\n    open('@OUTSIDE@/precious', 'a').write('x')\n    return 987654321",
    "writing through a link": "import os\ndef f(x):\n    os.symlink('@OUTSIDE@/precious', 'link')\n    open('link', 'w').write('x')\n    return 987654321",
    "renaming": "import os\ndef f(x):\n    os.rename('@OUTSIDE@/precious', '@OUTSIDE@/written')\n    return 987654321",
    "exchange with its folder": "import os\ndef f(x):\n    open('mine', 'w').write('x')\n    os.replace('mine', '@OUTSIDE@/precious')\n    return 987654321",
}

# What a sandbox of Landlock cannot forbid, and private roots do.
_MODES = {
    "mode": "import os\ndef f(x):\n    os.chmod('@OUTSIDE@/precious', 0o777)\n    return 987654321",
    "times": "import os\ndef f(x):\n    os.utime('@OUTSIDE@/precious', (1, 1))\n    return 987654321",
    "attributes": "import os\ndef f(x):\n    os.setxattr('@OUTSIDE@/precious', 'user.x', b'1')\n    return 987654321",
    "owner": "import os\ndef f(x):\n    os.chown('@OUTSIDE@/precious', 12345, -1)\n    return 987654321",
}

_OWN_FOLDER = """
import os
def f(x):
    os.makedirs("a/b")
    open("a/b/c", "w").write("x")
    os.rename("a/b/c", "d")
    os.chmod("d", 0o600)
    os.symlink("d", "e")
    return 987654321 if open("e").read() == "x" and sorted(os.listdir()) == ["a", "d", "e"] else 0
"""
_STANDARD_LIBRARY = """
import colorsys, email.mime.text, zoneinfo, encodings.cp437, xml.dom.minidom, sqlite3, tempfile, ctypes, lzma, bz2, ssl
def f(x):
    with tempfile.NamedTemporaryFile("w+") as file:
        file.write("x")
    return 987654321
"""

ATTACKS = [
    *acts({name: code for name, code in _THEFTS.items() if "@DONE@" not in code}, "docker", SECRET),
    *acts({name: code for name, code in _THEFTS.items() if "@DONE@" in code}, "docker", DONE),
    *(
        Attack(f"write: {name}", code, "call", EITHER, "docker", probe="written", limits=BUSY)
        for name, code in _WRITES.items()
    ),
    *(
        Attack(f"change of {name}", code, "call", EITHER, "full", probe="written", limits=BUSY)
        for name, code in _MODES.items()
    ),
    Attack("right, in its own folder", _OWN_FOLDER, may=PASSES, limits=PATIENT),
    Attack("right, with rare modules of the standard library", _STANDARD_LIBRARY, may=PASSES, limits=PATIENT),
]
