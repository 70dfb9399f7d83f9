"""Twenty-five small problems for programs that read standard input.

Each is one function from a line to a line, and a generator of such lines. An input is a count and then that many
lines; the output is one line for each. `stdin_programs.py` makes whole programs of them.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import NamedTuple


class LineProblem(NamedTuple):
    """A problem: the source of its function `answer`, the function itself, and a generator of lines."""

    answer: Callable[[str], str]
    line: Callable[[Random], str]


def _numbers(low: int, high: int, least: int = 1, most: int = 12) -> Callable[[Random], str]:
    return lambda rng: " ".join(str(rng.randint(low, high)) for _ in range(rng.randint(least, most)))


def _letters(alphabet: str, most: int = 20) -> Callable[[Random], str]:
    return lambda rng: "".join(rng.choice(alphabet) for _ in range(rng.randint(1, most)))


def _words(rng: Random) -> str:
    return " ".join(_letters("abcde", 6)(rng) for _ in range(rng.randint(1, 8)))


def total(line: str) -> str:
    return str(sum(int(word) for word in line.split()))


def spread(line: str) -> str:
    values = [int(word) for word in line.split()]
    return str(max(values) - min(values))


def ordered(line: str) -> str:
    return " ".join(str(value) for value in sorted(map(int, line.split())))


def backwards(line: str) -> str:
    return line[::-1]


def vowels(line: str) -> str:
    return str(sum(letter in "aeiou" for letter in line))


def mirrored(line: str) -> str:
    return "yes" if line == line[::-1] else "no"


def divisor(line: str) -> str:
    first, second = map(int, line.split())
    while second:
        first, second = second, first % second
    return str(first)


def primes_below(line: str) -> str:
    limit = int(line)
    sieve = [True] * (limit + 1)
    for number in range(2, limit):
        if sieve[number]:
            for multiple in range(number * number, limit, number):
                sieve[multiple] = False
    return str(sum(sieve[2:limit]))


def fibonacci(line: str) -> str:
    first, second = 0, 1
    for _ in range(int(line)):
        first, second = second, first + second
    return str(first)


def digit_sum(line: str) -> str:
    return str(sum(map(int, line)))


def balanced(line: str) -> str:
    open_brackets = []
    for bracket in line:
        if bracket in "([":
            open_brackets.append(bracket)
        elif not open_brackets or open_brackets.pop() + bracket not in ("()", "[]"):
            return "no"
    return "no" if open_brackets else "yes"


def best_run(line: str) -> str:
    best = here = None
    for value in map(int, line.split()):
        here = value if here is None or here < 0 else here + value
        best = here if best is None or here > best else best
    return str(best)


def common_letters(line: str) -> str:
    first, second = line.split()
    return "".join(sorted(set(first) & set(second))) or "-"


def run_lengths(line: str) -> str:
    text, count = "", 0
    for index, letter in enumerate(line):
        count += 1
        if index + 1 == len(line) or line[index + 1] != letter:
            text += letter + str(count)
            count = 0
    return text


def rising(line: str) -> str:
    values = [int(word) for word in line.split()]
    longest = [1] * len(values)
    for right in range(len(values)):
        for left in range(right):
            if values[left] < values[right]:
                longest[right] = max(longest[right], longest[left] + 1)
    return str(max(longest))


def edits(line: str) -> str:
    first, second = line.split()
    row = list(range(len(second) + 1))
    for i, left in enumerate(first, 1):
        before, row[0] = row[0], i
        for j, right in enumerate(second, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (left != right))
    return str(row[-1])


def ways_to_pay(line: str) -> str:
    amount = int(line)
    ways = [1] + [0] * amount
    for coin in (1, 2, 5, 10):
        for value in range(coin, amount + 1):
            ways[value] += ways[value - coin]
    return str(ways[amount])


def most_frequent(line: str) -> str:
    words = line.split()
    return min(words, key=lambda word: (-words.count(word), word))


def shifted(line: str) -> str:
    return "".join(chr((ord(letter) - 97 + 3) % 26 + 97) if letter != " " else " " for letter in line)


def binary(line: str) -> str:
    return bin(int(line))[2:]


def collatz(line: str) -> str:
    value, steps = int(line), 0
    while value != 1:
        value = value // 2 if value % 2 == 0 else 3 * value + 1
        steps += 1
    return str(steps)


def mean(line: str) -> str:
    values = [int(word) for word in line.split()]
    return f"{sum(values) / len(values):.3f}"


def distinct(line: str) -> str:
    seen = []
    for word in line.split():
        if word not in seen:
            seen.append(word)
    return " ".join(seen)


def closest_pair(line: str) -> str:
    values = sorted(map(int, line.split()))
    return str(min(values[i + 1] - values[i] for i in range(len(values) - 1)))


def power(line: str) -> str:
    base, exponent = map(int, line.split())
    return str(pow(base, exponent, 1000007))


PROBLEMS: tuple[LineProblem, ...] = (
    LineProblem(total, _numbers(-100, 100)),
    LineProblem(spread, _numbers(-100, 100)),
    LineProblem(ordered, _numbers(-100, 100)),
    LineProblem(backwards, _letters("abcxyz")),
    LineProblem(vowels, _letters("abcdeiou")),
    LineProblem(mirrored, _letters("ab", 6)),
    LineProblem(divisor, _numbers(1, 1000, 2, 2)),
    LineProblem(primes_below, _numbers(2, 500, 1, 1)),
    LineProblem(fibonacci, _numbers(0, 90, 1, 1)),
    LineProblem(digit_sum, _numbers(0, 10**9, 1, 1)),
    LineProblem(balanced, _letters("()[]", 8)),
    LineProblem(best_run, _numbers(-20, 20)),
    LineProblem(common_letters, lambda rng: f"{_letters('abcdef', 8)(rng)} {_letters('abcdef', 8)(rng)}"),
    LineProblem(run_lengths, _letters("ab")),
    LineProblem(rising, _numbers(0, 30)),
    LineProblem(edits, lambda rng: f"{_letters('abc', 8)(rng)} {_letters('abc', 8)(rng)}"),
    LineProblem(ways_to_pay, _numbers(0, 200, 1, 1)),
    LineProblem(most_frequent, _words),
    LineProblem(shifted, _words),
    LineProblem(binary, _numbers(0, 10**6, 1, 1)),
    LineProblem(collatz, _numbers(1, 1000, 1, 1)),
    LineProblem(mean, _numbers(-50, 50)),
    LineProblem(distinct, _words),
    LineProblem(closest_pair, _numbers(-1000, 1000, 2)),
    LineProblem(power, _numbers(1, 1000, 2, 2)),
)
