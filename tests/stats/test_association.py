"""Rank correlations against scipy, the partial one against regression on ranks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import rankdata, spearmanr

from cotbench.stats.association import spearman


def test_equals_scipys() -> None:
    rng = np.random.default_rng(3)
    x = rng.integers(0, 6, 50)
    y = x + rng.integers(0, 9, 50)
    found = spearman(x, y, draws=200)
    assert found is not None
    assert found.estimate == pytest.approx(spearmanr(x, y).statistic)
    assert found.low is not None and found.high is not None
    assert found.low < found.estimate < found.high


def test_the_partial_one_is_the_correlation_of_residuals_of_ranks() -> None:
    rng = np.random.default_rng(4)
    z = rng.normal(size=80)
    x, y = z + rng.normal(size=80), -z + rng.normal(size=80)
    ranks = [rankdata(values) for values in (x, y, z)]
    design = np.stack([np.ones(80), ranks[2]], axis=1)
    residuals = [r - design @ np.linalg.lstsq(design, r, rcond=None)[0] for r in ranks[:2]]
    expected = np.corrcoef(*residuals)[0, 1]
    plain, partial = spearman(x, y, draws=50), spearman(x, y, given=z, draws=50)
    assert plain is not None and partial is not None
    assert partial.estimate == pytest.approx(expected)
    # All of the dependence came through z.
    assert plain.estimate < -0.3 < partial.estimate


def test_clusters_widen_the_interval() -> None:
    rng = np.random.default_rng(5)
    centres = rng.normal(size=(8, 2))
    points = np.repeat(centres, 20, axis=0) + rng.normal(scale=0.05, size=(160, 2))
    alone = spearman(points[:, 0], points[:, 1], draws=400)
    together = spearman(points[:, 0], points[:, 1], clusters=np.repeat(np.arange(8), 20), draws=400)
    assert alone is not None and together is not None
    assert (together.points, together.clusters) == (160, 8)
    assert None not in (alone.low, alone.high, together.low, together.high)
    assert together.high - together.low > 2 * (alone.high - alone.low)  # type: ignore[operator]


def test_where_it_is_undefined() -> None:
    assert spearman([1, 2], [1, 2]) is None
    assert spearman([1, 1, 1], [1, 2, 3]) is None
    assert spearman([1, 2, 3], [2, 1, 3], given=[1, 2, 3]) is None
    # Four points leave one degree of freedom: most partial correlations of them are near ±1.
    assert spearman([1, 2, 3, 4], [2, 1, 3, 4], given=[1, 4, 2, 3]) is None
    assert spearman([1, 2, 3, 4, 5], [2, 1, 3, 4, 5], given=[1, 4, 2, 3, 5]) is not None
    few = spearman([1, 2, 3], [1, 2, 3])
    assert few is not None and few.estimate == pytest.approx(1.0) and few.low is None
    with pytest.raises(ValueError, match="length"):
        spearman([1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match="finite"):
        spearman([1, 2, float("nan")], [1, 2, 3])
