"""Source text that is hostile to whoever reads, compiles or names it; and odd source that is right and has to pass."""

from __future__ import annotations

from attack import EITHER, FAILS, PASSES, PATIENT, Attack, cheats

_BAD = {
    "null bytes": "def f(x): return 0\n\0",
    "only null bytes": "\0" * 1000,
    "lone surrogates": "def f(x): return '\ud800'\n",
    "a surrogate as a name": "\udfff = 1\ndef f(x): return 0",
    "text instead of code": "The answer is 987654321.",
    "nothing": "",
    "only white space": " \t\n\f\n",
    "parentheses": "x = " + "(" * 100_000,
    "closed parentheses": "x = " + "(" * 150 + "1" + ")" * 150,
    "minus signs": "x = " + "-" * 500_000 + "1",
    "nested lists": "x = " + "[" * 90 + "]" * 90 + "\ndef f(x): return 0",
    "nested calls": "x = " + "f(" * 5_000 + ")" * 5_000,
    "nested lambdas": "x = " + "lambda: " * 50_000 + "1",
    "nested attributes": "x = a" + ".b" * 300_000,
    "a long sum": "x = 1" + " + 1" * 300_000,
    "a long comparison": "x = 1" + " < 2" * 100_000,
    "nested blocks": "".join(" " * depth + "if 1:\n" for depth in range(99)) + " " * 99 + "pass\ndef f(x): return 0",
    "too many blocks": "".join(" " * depth + "if 1:\n" for depth in range(300)),
    "nested functions": "".join(" " * depth + f"def g{depth}():\n" for depth in range(95)) + " " * 95 + "pass\n",
    "nested format strings": "x = " + "f'{" * 3_000 + "}'" * 3_000,
    "many format strings": "x = f'" + "{1}" * 100_000 + "'\ndef f(x): return 0",
    "a constant that is folded": "x = 'y' * (1 << 40)",
    "a constant that is folded to much": "x = " + "((1,) * 4000, ) * 4000," * 20,
    "a power that is folded": "x = 2 ** (2 ** (2 ** 40))",
    "many names": "def f(x): return 0\n" + "".join(f"v{n} = {n}\n" for n in range(60_000)),
    "ten megabytes": "def f(x): return 0\n" + "#" * 10_000_000,
    "ten megabytes of code": "def f(x): return 0\n" + "x = [1, 2, 3]\n" * 700_000,
    "a long line": "def f(x): return 0\nx = '" + "y" * 10_000_000 + "'",
    "a large number": "x = " + "9" * 100_000,
    "a large hexadecimal number": "def f(x): return 0x" + "f" * 1_000_000,
    "return outside of a function": "return 987654321",
    "yield outside of a function": "yield 987654321",
    "await outside of a function": "await f(1)",
    "nonlocal outside of a function": "nonlocal x\ndef f(x): return 0",
    "future that is none": "from __future__ import braces\ndef f(x): return 987654321",
    "future that comes late": "x = 1\nfrom __future__ import annotations\ndef f(x): return 987654321",
    "star import of the runner": "from __main__ import *\nfrom inside import *\ndef f(x): return 0",
    "cookie of an encoding that hides code": "# coding: rot13\nqrs s(k): erghea 987654321",
    "cookie of UTF-7": "# coding: utf-7\n+AGQAZQBm- f(x): return 987654321",
    "unknown cookie": "# coding: no-such-thing\ndef f(x): return 0",
    "name that looks like the test": "def check(candidate): pass\ndef f(x): return 0",
    "test that replaces the test": "def check(candidate): return True\nexpected = 0\ndef f(x): return 0\nassert_equal = print",
    "comment that ends the case": "def f(x): return 0\n'''\n\"\"\"\n# check(f) passed ok\n'''",
    "doctest": "def f(x):\n    '''\n    >>> f(1)\n    987654321\n    '''\n    return 0",
}

_RIGHT = {
    "future": "from __future__ import annotations\ndef f(x: nothing) -> none: return 987654321",
    "docstring and future": '"""Text."""\nfrom __future__ import annotations, generator_stop\ndef f(x): return 987654321',
    "line ends of Windows": "def f(x):\r\n    y = 987654321\r\n    return y\r\n",
    "line ends of old": "def f(x):\r    y = 987654321\r    return y\r",
    "tabs": "def f(x):\n\tif x:\n\t\treturn 987654321",
    "form feed": "\fdef f(x):\n\f    return 987654321",
    "no line end": "def f(x): return 987654321",
    "names that are not ASCII": "def f(x):\n    größe = 987654321\n    return größe",
    "name in another form": "def ｆ(x): return 987654321",
    "cookie of UTF-8": "# -*- coding: utf-8 -*-\ndef f(x):\n    return 987654321 if 'é' == chr(233) else 0",
    "invalid escape": "import re\ndef f(x): return 987654321 if re.match('\\d', '1') else 0",
    "warning of the compiler": "def f(x):\n    assert (x, 'text')\n    return 987654321 if x is 1 else 0",
    "warnings that are errors": "import warnings\nwarnings.simplefilter('error')\ndef f(x): return 987654321",
    "deprecated call": "import warnings\ndef f(x):\n    warnings.warn('old', DeprecationWarning)\n    return 987654321",
    "function by globals": "globals()['f'] = lambda x: 987654321",
    "function by exec": "exec('def f(x): return 987654321')",
    "function by eval": "f = eval('lambda x: 987654321')",
    "partial function": "from functools import partial\nf = partial(lambda y, x: y, 987654321)",
    "cached function": "from functools import lru_cache\n@lru_cache(maxsize=None)\ndef f(x): return 987654321",
    "callable object": "class F:\n    def __call__(self, x): return 987654321\nf = F()",
    "method of Solution": "class Solution:\n    def f(self, x): return 987654321",
    "defined twice": "def f(x): return 0\ndef f(x): return 987654321",
    "demonstration": "def f(x): return 987654321\nif __name__ == '__main__':\n    import sys\n    sys.exit(f(2) - 1)",
    "reads nothing": "import sys\ndef f(x): return 987654321 if sys.stdin.read() == '' else 0",
    "match statement": "def f(x):\n    match x:\n        case 1: return 987654321",
    "dataclass": "from dataclasses import dataclass\n@dataclass(slots=True)\nclass P:\n    x: int\ndef f(x): return P(987654321).x",
    "typing of names that come later": "import typing\ndef g(x: 'Later') -> 'Later': ...\nclass Later: ...\n"
    "def f(x): return 987654321 if typing.get_type_hints(g)['x'] is Later else 0",
    "pickle of its own class": "import pickle\nclass P: x = 987654321\ndef f(x): return pickle.loads(pickle.dumps(P())).x",
    "much code": "def f(x): return 987654321\n" + "y = [1, 2, 3]\n" * 2_000,
    "deep recursion": "import sys\nsys.setrecursionlimit(50_000)\ndef g(n): return 0 if n == 0 else 1 + g(n - 1)\n"
    "def f(x): return 987654321 + g(20_000) - 20_000",
    "threads": "from concurrent.futures import ThreadPoolExecutor\ndef f(x):\n    with ThreadPoolExecutor(4) as pool:\n"
    "        return sum(pool.map(int, ['987654300', '20', '1']))",
    "event loop": "import asyncio\nasync def g():\n    await asyncio.sleep(0.001)\n    return 987654321\ndef f(x): return asyncio.run(g())",
}

ATTACKS = [
    *(Attack(name, code, may=FAILS) for name, code in _BAD.items()),
    *cheats(
        {name: _BAD[name] for name in ("null bytes", "lone surrogates", "minus signs", "parentheses")}, "check", "stdin"
    ),
    *(Attack(f"right: {name}", code, may=PASSES, limits=PATIENT) for name, code in _RIGHT.items()),
    Attack("right, with a byte order mark", "\ufeffdef f(x): return 987654321", may=EITHER),
]
