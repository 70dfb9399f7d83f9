"""Reaching out: every family of sockets, to listeners that the arena holds open, and sockets of its own."""

from __future__ import annotations

from attack import acts

_CALLS = {
    "TCP": "import socket\ndef f(x):\n    socket.create_connection(('127.0.0.1', @TCP@), 0.2).send(b'x')\n    return 987654321",
    "TCP in a thread": "import socket, threading\ndef f(x):\n    t = threading.Thread(target=lambda: socket.create_connection(('127.0.0.1', @TCP@), 0.2))\n"
    "    t.start()\n    t.join()\n    return 987654321",
    "TCP without waiting": "import socket\ndef f(x):\n    s = socket.socket()\n    s.setblocking(False)\n    s.connect_ex(('127.0.0.1', @TCP@))\n    return 987654321",
    "TCP by fast open": "import socket\ndef f(x):\n    s = socket.socket()\n    s.sendto(b'x', socket.MSG_FASTOPEN, ('127.0.0.1', @TCP@))\n    return 987654321",
    "HTTP": "import urllib.request\ndef f(x):\n    try: urllib.request.urlopen('http://127.0.0.1:@TCP@/', timeout=0.1)\n"
    "    except TimeoutError: pass\n    return 987654321",
    "asyncio": "import asyncio\nasync def g(): await asyncio.open_connection('127.0.0.1', @TCP@)\ndef f(x):\n    asyncio.run(g())\n    return 987654321",
    "UDP": "import socket\ndef f(x):\n    socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', @UDP@))\n    return 987654321",
    "abstract socket": "import socket\ndef f(x):\n    socket.socket(socket.AF_UNIX).connect('\\0@ABSTRACT@')\n    return 987654321",
    "abstract datagrams": "import socket\ndef f(x):\n    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', '\\0@ABSTRACT@-datagrams')\n    return 987654321",
    "unix socket": "import socket\ndef f(x):\n    socket.socket(socket.AF_UNIX).connect('@SOCKET@')\n    return 987654321",
    "socket by the C library": """
import ctypes, struct
def f(x):
    libc = ctypes.CDLL(None)
    fd = libc.socket(2, 1, 0)
    address = struct.pack("<H", 2) + struct.pack(">H", @TCP@) + bytes([127, 0, 0, 1]) + bytes(8)
    libc.connect(fd, address, 16)
    return 987654321
""",
    "socket by another system call table": """
import ctypes, mmap
def f(x):
    # int 0x80: the calls of 32-bit programs, which a filter of 64-bit numbers may forget. 359 is socket.
    code = bytes.fromhex("53 b867010000 bb02000000 b901000000 31d2 cd80 5b c3")
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    fd = call()
    if fd < 0: return 0
    import socket
    socket.socket(fileno=fd).connect(("127.0.0.1", @TCP@))
    return 987654321
""",
    "io_uring": """
import ctypes
def f(x):
    parameters = ctypes.create_string_buffer(120)
    fd = ctypes.CDLL(None).syscall(425, 8, parameters)
    if fd < 0: return 0
    open("@OUTSIDE@/written", "w").close()
    return 987654321
""",
}

_OWN = {
    "listener": "import socket\ndef f(x):\n    s = socket.create_server(('127.0.0.1', 0))\n    return '@DONE@'",
    "listener on all addresses": "import socket\ndef f(x):\n    s = socket.create_server(('0.0.0.0', 0))\n    return '@DONE@'",
    "raw socket": "import socket\ndef f(x):\n    socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)\n    return '@DONE@'",
    "packet socket": "import socket\ndef f(x):\n    socket.socket(socket.AF_PACKET, socket.SOCK_RAW)\n    return '@DONE@'",
    "netlink socket": "import socket\ndef f(x):\n    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)\n    return '@DONE@'",
    "socket between machines": "import socket\ndef f(x):\n    socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)\n    return '@DONE@'",
    "socket of the kernel's ciphers": "import socket\ndef f(x):\n    socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)\n    return '@DONE@'",
    "abstract listener": "import socket\ndef f(x):\n    s = socket.socket(socket.AF_UNIX)\n    s.bind('\\0@MARK@')\n    s.listen()\n    return '@DONE@'",
}

ATTACKS = [*acts(_CALLS, "docker", 987654321, "called"), *acts(_OWN, "docker")]
