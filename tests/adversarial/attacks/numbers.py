"""Numbers that are small to send and endless to compare, against cases that expect each kind of number."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from attack import FAILS, Attack

_PROGRAMS = {
    "decimal with a huge exponent": "from decimal import Decimal\ndef f(x): return Decimal('1E+999999999')",
    "decimal with a tiny exponent": "from decimal import Decimal\ndef f(x): return Decimal('-1E-999999999')",
    "decimals in containers": "from decimal import Decimal\ndef f(x): return [Decimal('9E+999999999'), {Decimal('7E+99999999'): 1}]",
    "decimal nan": "from decimal import Decimal\ndef f(x): return Decimal('nan')",
    "signalling nan": "from decimal import Decimal\ndef f(x): return Decimal('snan')",
    "decimal of many digits": "from decimal import Decimal\ndef f(x): return Decimal('9' * 100_000)",
    "fraction with huge parts": "from fractions import Fraction\ndef f(x): return Fraction(3 ** 200_000, 2 ** 300_000)",
    "fraction of many bits": "from fractions import Fraction\ndef f(x): return Fraction(3 ** 9_000, 2 ** 14_000)",
    "int of a million bits": "def f(x): return 1 << 1_000_000",
    "int of many digits": "def f(x): return 7 ** 300_000",
    "endless range": "def f(x): return range(10 ** 18)",
    "endless range in a list": "def f(x): return [range(10 ** 12), range(-10 ** 30, 10 ** 30)]",
    "complex nan": "def f(x): return complex(float('nan'), float('inf'))",
    "infinity": "def f(x): return float('inf')",
    "long double": "import numpy\ndef f(x): return numpy.longdouble(2) ** 16000",
    "date array": "import numpy\ndef f(x): return numpy.array(['2020-01-01'] * 3, dtype='datetime64[D]')",
    "array of many axes": "import numpy\ndef f(x): return numpy.zeros((1,) * 60)",
    "array of nothing, endlessly": "import numpy\ndef f(x): return numpy.broadcast_to(numpy.zeros(1), (10 ** 9, 10 ** 6))",
}

EXPECTED_VALUES = {
    "int": 5,
    "float": 0.25,
    "floats": [0.5, 0.25],
    "text": "5",
    "set": {1, 2, 3},
    "fraction": Fraction(1, 3),
    "decimal": Decimal("1.5"),
}

ATTACKS = [
    Attack(f"{name}, expected {kind}", code, "call", FAILS, cases=((1, expected),))
    for name, code in _PROGRAMS.items()
    for kind, expected in EXPECTED_VALUES.items()
    if kind in ("int", "floats", "fraction") or "decimal" in name
]
