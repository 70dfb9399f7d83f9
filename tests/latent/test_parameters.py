"""Names with parameters: what they mean, how they are written, and what is refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotbench.core.errors import ConfigurationError
from cotbench.latent import Truth
from cotbench.latent.parameters import (
    BenchmarkParameters,
    ModelParameters,
    benchmark_name,
    benchmark_parameters,
    model_name,
    model_parameters,
    parameter_help,
)


def test_a_name_without_parameters_has_all_defaults() -> None:
    assert model_parameters("sim/latent") == ModelParameters() == model_parameters("sim/latent?")
    assert model_name(ModelParameters()) == "sim/latent"
    assert benchmark_name(benchmark_parameters("latent?seed=1,problems=164")) == "latent"


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("sim/latent?ideas=4&seed=2", "sim/latent?seed=2&ideas=4"),
        ("sim/latent?ideas=4,seed=2", "sim/latent?seed=2&ideas=4"),
        ("sim/latent?alpha=.5&ideas=6", "sim/latent?alpha=0.5"),
        ("sim/latent?alpha=2.0", "sim/latent?alpha=2"),
        ("sim/latent?sleep=TRUE&price_out=10&price_in=none", "sim/latent?price_out=10&sleep=true"),
    ],
)
def test_equal_models_have_equal_names(given: str, canonical: str) -> None:
    assert model_name(model_parameters(given)) == canonical
    assert model_parameters(canonical) == model_parameters(given)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sim/latnet", "the name is sim/latent"),
        ("sim/latent?idea=4", "did you mean ideas"),
        ("sim/latent?ideas", "has no value"),
        ("sim/latent?ideas=4&ideas=5", "given twice"),
        ("sim/latent?ideas=4.5", "a whole number"),
        ("sim/latent?ideas=13", "between 1 and 12"),
        ("sim/latent?alpha=0", "at least 0.01"),
        ("sim/latent?alpha=nan", "at least 0.01"),
        ("sim/latent?rate=1.5", "between 0 and 1"),
        ("sim/latent?rate=none", "must be a number"),
        ("sim/latent?sleep=1", "true or false"),
    ],
)
def test_names_that_mean_nothing_are_refused(name: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        model_parameters(name)
    assert said in str(caught.value)


@given(
    st.builds(
        ModelParameters,
        seed=st.integers(0, 2**31),
        ideas=st.integers(1, 12),
        alpha=st.floats(0.01, 1e6),
        rate=st.floats(0, 1),
        price_in=st.none() | st.floats(0, 1e6),
        sleep=st.booleans(),
    )
)
def test_a_name_says_all(parameters: ModelParameters) -> None:
    assert model_parameters(model_name(parameters)) == parameters


def test_every_parameter_is_explained() -> None:
    for kind in (ModelParameters, BenchmarkParameters):
        assert list(parameter_help(kind)) == [field.name for field in dataclasses.fields(kind)]
        assert all(len(text) > 15 and text.endswith("]") for text in parameter_help(kind).values())


def test_the_page_explains_every_parameter_and_every_truth() -> None:
    page = (Path(__file__).parents[2] / "docs" / "simulated.md").read_text(encoding="utf-8")
    names = [field.name for field in dataclasses.fields(ModelParameters)]
    calls = [name for name in vars(Truth) if not name.startswith("_") and name not in ("of", "minds")]
    assert not [name for name in names if f"`{name}`" not in page]
    assert not [name for name in calls if f"`{name}(" not in page]
