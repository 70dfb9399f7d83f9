"""Option values: texts and plain values are read as the option's type, or refused with its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import pytest

from cotbench.core.errors import ConfigurationError
from cotbench.strategies.options import option, read_options


@dataclass(frozen=True)
class Some:
    """Options of each type."""

    count: int = cast(int, option(1, "a count", least=0))
    share: float = cast(float, option(0.5, "a share"))
    most: int | None = cast("int | None", option(None, "a bound"))
    on: bool = cast(bool, option(False, "a switch"))


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("count", "3", 3),
        ("count", 3, 3),
        ("share", "0.25", 0.25),
        ("share", 2, 2.0),
        ("most", "none", None),
        ("most", "4", 4),
        ("on", "yes", True),
    ],
)
def test_values(name: str, given: object, value: object) -> None:
    read = getattr(read_options(Some, {name: given}, strategy="s"), name)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("count", 2.0, "count must be a whole number, not 2.0"),
        ("count", "2.5", "a whole number"),
        ("count", True, "a whole number"),
        ("count", None, "a whole number"),
        ("count", -1, "at least 0"),
        ("share", "much", "share must be a number"),
        ("share", False, "a number"),
        ("on", "maybe", "true or false"),
        ("off", 1, "has no option off"),
    ],
)
def test_refusals(name: str, given: object, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_options(Some, {name: given}, strategy="s")
