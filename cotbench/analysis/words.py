"""Numbers of a comparison as text: percentages, intervals, p values; the same in every format."""

from __future__ import annotations

from cotbench.stats.intervals import Interval


def percent(share: float) -> str:
    """Return a share as a percentage with one decimal and without a sign for it."""
    return f"{100 * share:.1f}"


def points(difference: float) -> str:
    """Return a difference of shares in percentage points, with its sign."""
    return f"{100 * difference:+.1f}"


def span(limits: Interval) -> str:
    """Return the limits of an interval of shares in percent."""
    return f"[{percent(limits.low)}, {percent(limits.high)}]"


def interval(share: float, limits: Interval) -> str:
    """Return a share with its limits, in percent."""
    return f"{percent(share)} {span(limits)}"


def point_span(limits: Interval) -> str:
    """Return the limits of an interval of differences in percentage points."""
    return f"[{points(limits.low)}, {points(limits.high)}]"


def point_interval(difference: float, limits: Interval) -> str:
    """Return a difference with its limits, in percentage points."""
    return f"{points(difference)} {point_span(limits)}"


def number(value: float | None, *, digits: int = 0) -> str:
    """Return a number with separators, or a dash where it is undefined."""
    return "–" if value is None else f"{value:,.{digits}f}"


def amount(value: float, *, money: bool = False) -> str:
    """Return a cost: whole numbers whole, others with three digits; money with four decimals."""
    if money:
        return f"{value:.4f}"
    return f"{value:,.0f}" if value == int(value) else f"{value:.3g}"


def p_value(value: float) -> str:
    """Return a p value with three decimals."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
