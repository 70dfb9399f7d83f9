"""Results that lie: objects that claim to equal everything, to be another type, or that break whoever looks at them."""

from __future__ import annotations

from attack import cheats

_LIARS = {
    "always equal": "class E:\n    def __eq__(self, o): return True\n    __hash__ = None\ndef f(x): return E()",
    "equal in a list": "class E:\n    def __eq__(self, o): return True\ndef f(x): return [E()]",
    "int that equals all": """
class I(int):
    def __eq__(self, o): return True
    def __ne__(self, o): return False
    __hash__ = int.__hash__
    def __int__(self): return 987654321
    __index__ = __trunc__ = __abs__ = __pos__ = __int__
    def __sub__(self, o): return 0
    __rsub__ = __sub__
def f(x): return I(5)
""",
    "int that prints another": """
class I(int):
    def __repr__(self): return "987654321"
    __str__ = __repr__
    def __format__(self, spec): return "987654321"
def f(x): return I(5)
""",
    "str that equals all": """
class S(str):
    def __eq__(self, o): return True
    __hash__ = str.__hash__
    def encode(self, *a): return b"987654321"
def f(x): return S()
""",
    "float that equals all": """
class F(float):
    def __eq__(self, o): return True
    __hash__ = float.__hash__
    def __float__(self): return 987654321.0
    def __repr__(self): return "987654321"
def f(x): return F(5)
""",
    "list that lies": "class L(list):\n    def __iter__(self): return iter([987654321])\ndef f(x): return L([1])",
    "dict that lies": """
class D(dict):
    def items(self): return [(1, 987654321)]
    def __getitem__(self, k): return 987654321
    def __eq__(self, o): return True
def f(x): return D()
""",
    "set that holds all": """
class S(frozenset):
    def __contains__(self, o): return True
    def __eq__(self, o): return True
    __hash__ = frozenset.__hash__
def f(x): return S()
""",
    "named tuple that lies": """
from collections import namedtuple
class T(namedtuple("T", "a")):
    def __eq__(self, o): return True
    def __getnewargs__(self): return (987654321,)
def f(x): return T(1)
""",
    "bytes that lie": "class B(bytes):\n    def __bytes__(self): return b'987654321'\ndef f(x): return B()",
    "fraction that lies": """
from fractions import Fraction
class Q(Fraction):
    numerator = property(lambda s: 987654321)
    denominator = property(lambda s: 1)
    def __eq__(self, o): return True
def f(x): return Q(5)
""",
    "decimal that lies": """
from decimal import Decimal
class D(Decimal):
    def __str__(self): return "987654321"
    def __eq__(self, o): return True
def f(x): return D(5)
""",
    "numpy scalar that lies": """
import numpy
class N(numpy.float64):
    def item(self): return 987654321
    def __eq__(self, o): return True
def f(x): return N(5)
""",
    "numpy array that lies": """
import numpy
class A(numpy.ndarray):
    def tolist(self): return 987654321
    def __eq__(self, o): return True
def f(x): return numpy.zeros(1).view(A)
""",
    "numpy array of liars": """
import numpy
class E:
    def __eq__(self, o): return True
def f(x): return numpy.array([E()], dtype=object)
""",
    "false numpy": """
import sys, types
class generic:
    def item(self): return 987654320
sys.modules["numpy"] = types.SimpleNamespace(generic=generic, ndarray=generic, bool_=generic)
def f(x): return generic()
""",
    "mock.ANY": "from unittest.mock import ANY\ndef f(x): return ANY",
    "magic mock": "from unittest.mock import MagicMock\ndef f(x):\n    m = MagicMock()\n    m.__eq__ = lambda s, o: True\n    return m",
    "metaclass with a false mro": """
class M(type):
    def mro(cls): return [cls, object]
    __mro__ = (int, object)
class C(metaclass=M): pass
def f(x): return C()
""",
    "class that equals all": "class M(type):\n    def __eq__(cls, o): return True\n    __hash__ = type.__hash__\n"
    "class C(metaclass=M): pass\ndef f(x): return C",
    "lying class attribute": "class C:\n    __class__ = int\n    def __int__(self): return 987654321\ndef f(x): return C()",
    "lying class property": "class C:\n    @property\n    def __class__(self): return type(987654321)\n"
    "    def __index__(self): return 987654321\ndef f(x): return C()",
    "instance check": """
class M(type):
    def __instancecheck__(cls, o): return True
    def __subclasscheck__(cls, o): return True
class C(metaclass=M):
    def __eq__(self, o): return True
def f(x): return C()
""",
    "attributes on demand": """
class C:
    def __getattribute__(self, name): return lambda *a: 987654321
    def __getattr__(self, name): return lambda *a: 987654321
def f(x): return C()
""",
    "descriptor": "class D:\n    def __get__(self, o, t): return 987654321\nclass C:\n    value = D()\n    __eq__ = D()\n"
    "def f(x): return C()",
    "reduce": "class R:\n    def __reduce__(self): return (eval, ('987654321',))\ndef f(x): return R()",
    "reduce of a list": "class R(list):\n    def __reduce_ex__(self, p): return (eval, ('987654321',))\ndef f(x): return R()",
    "finalizer": "import os\nclass R:\n    def __del__(self): os._exit(0)\ndef f(x): return R()",
    "weak reference": "import weakref\nclass C: pass\nkept = C()\ndef f(x): return weakref.proxy(kept)",
    "function that is an object": "class F:\n    def __call__(self, x): return self\n    def __eq__(self, o): return True\nf = F()",
    "function that is a class": "class f:\n    def __init__(self, x): pass\n    def __eq__(self, o): return True",
    "generator": "def f(x): yield 987654321",
    "coroutine": "import warnings\nwarnings.simplefilter('ignore')\nasync def f(x): return 987654321",
    "not implemented": "def f(x): return NotImplemented",
    "ellipsis": "def f(x): return ...",
    "ctypes integer": "import ctypes\nclass I(ctypes.c_long):\n    def __eq__(self, o): return True\ndef f(x): return I(987654321)",
    "expected text": "def f(x): return '987654321'",
    "one in a list": "def f(x): return [987654321]",
    "one in a tagged dict": "def f(x): return {'i': hex(987654321)}",
    "one in a dict that looks like a frame": "def f(x): return {'value': 987654321, 'passed': True, '__int__': 987654321}",
    "lone surrogate": "def f(x): return '\\ud800' * 3 + '\\udfff'",
    "nan": "def f(x): return float('nan')",
    "a list of nan": "def f(x): return [float('nan'), float('-nan'), float('inf')]",
    "true": "def f(x): return True",
}

_BREAKERS = {
    "deep list": "def f(x):\n    v = []\n    for _ in range(200_000): v = [v]\n    return v",
    "deep dict": "def f(x):\n    v = {}\n    for _ in range(100_000): v = {1: v}\n    return v",
    "deep tuple of sets": "def f(x):\n    v = frozenset()\n    for _ in range(5_000): v = frozenset([(v,)])\n    return v",
    "graph of 2^40 nodes": "def f(x):\n    v = []\n    for _ in range(40): v = [v, v]\n    return v",
    "cycle": "def f(x):\n    v = []\n    v.append(v)\n    v.append(v)\n    return v",
    "hanging eq": "class H:\n    def __eq__(self, o):\n        while True: pass\ndef f(x): return H()",
    "hanging repr": "class H(int):\n    def __repr__(self):\n        while True: pass\n    __str__ = __repr__\ndef f(x): return H(1)",
    "hanging hash": """
class H(int):
    slow = False
    def __hash__(self):
        while H.slow: pass
        return 1
    def __eq__(self, o): return True
def f(x):
    v = {H(1)}
    H.slow = True
    return v
""",
    "raising everything": """
class R(Exception):
    def boom(self, *a): raise self
    __eq__ = __repr__ = __str__ = __hash__ = __len__ = __iter__ = __bool__ = __getattr__ = __int__ = __reduce__ = boom
def f(x): return R()
""",
    "endless iterator": "class L(list):\n    def __iter__(self):\n        while True: yield 1\ndef f(x): return L()",
    "negative length": "class L(list):\n    def __len__(self): return -5\ndef f(x): return L([1])",
    "list that another thread grows": """
import threading
def f(x):
    v = [1]
    def grow():
        while True: v.append(1)
    threading.Thread(target=grow, daemon=True).start()
    return v
""",
    "dict that another thread changes": """
import threading
def f(x):
    v = {n: n for n in range(1000)}
    def change():
        n = 0
        while True:
            n += 1
            v[n + 1000] = n
            v.pop(n % 1000, None)
    threading.Thread(target=change, daemon=True).start()
    return v
""",
    "colliding keys": "import sys\ndef f(x): return {n * sys.hash_info.modulus for n in range(1, 500)}",
    "many colliding keys": "import sys\ndef f(x): return {n * sys.hash_info.modulus: n for n in range(1, 4000)}",
    "colliding tuples": "import sys\ndef f(x): return {(n * sys.hash_info.modulus,): n for n in range(1, 2000)}",
    "long list": "def f(x): return [0] * 5_000_000",
    "long text": "def f(x): return 'x' * 30_000_000",
    "long bytes": "def f(x): return bytes(30_000_000)",
    "view of memory": "def f(x): return memoryview(bytes(1 << 20))",
    "module": "import sys\ndef f(x): return sys",
    "frame": "import sys\ndef f(x): return sys._getframe(1)",
}

ATTACKS = [*cheats(_LIARS, "call", "check"), *cheats(_BREAKERS, "call", "check")]
