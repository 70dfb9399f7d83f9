"""The simulated model's draws: told apart, repeatable, independent of order, priced, and of the statistics it claims."""

from __future__ import annotations

import asyncio
import math
import random
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from cotbench.backends import open_backend, registry
from cotbench.backends.simulated.backend import SimulatedBackend
from cotbench.core.errors import BackendError, ConfigurationError
from cotbench.core.message import Completion, Message, Request, Sampling, user
from cotbench.core.problem import Problem
from cotbench.core.program import extract_program
from cotbench.latent import Truth
from cotbench.latent.programs import Made
from cotbench.strategies.prompting import prompt
from tests.latent.unit import TEMPERATURE, made, problems, run

BENCHMARK = "latent?problems=30"
PROBLEMS = problems(BENCHMARK)
UNITS = 7


def test_the_registry_knows_it() -> None:
    backend = open_backend("sim/latent?seed=2,ideas=6")
    assert isinstance(backend, SimulatedBackend)
    assert backend.name == registry.canonical_name("sim/latent?ideas=6&seed=2") == "sim/latent?seed=2"
    for name in ("sim/other", "sim/latent?no=1"):
        with pytest.raises(ConfigurationError):
            open_backend(name)
    assert registry.default_benchmark("sim/latent", "starter") == "latent"
    assert registry.default_benchmark("gpt-4o-mini", "starter") == "starter"
    with pytest.raises(ConfigurationError, match="--benchmark latent"):
        registry.check_benchmark("sim/latent", "starter")
    registry.check_benchmark("sim/latent?seed=2", "latent?problems=3")
    registry.check_benchmark("gpt-4o-mini", "starter")


def request(key: str = "", temperature: float = TEMPERATURE, words: str = "") -> Request:
    messages: Sequence[Message] = prompt("repeated/code", PROBLEMS[0].view())
    return Request((*messages, user(words)) if words else tuple(messages), Sampling(temperature=temperature), key=key)


async def replies(backend: SimulatedBackend, requests: Sequence[Request]) -> list[str]:
    answered = [await backend.complete(each, 1) for each in requests]
    return [completion.text for (completion,) in answered]


def complete(backend: SimulatedBackend, each: Request, draws: int = 1) -> Sequence[Completion]:
    return asyncio.run(backend.complete(each, draws))


def test_a_reply_depends_on_model_request_and_key_only() -> None:
    asked = [request(f"run/{draw}") for draw in range(30)]
    first = asyncio.run(replies(SimulatedBackend("sim/latent"), asked))
    shuffled = list(enumerate(asked))
    random.Random(0).shuffle(shuffled)
    again = asyncio.run(replies(SimulatedBackend("sim/latent"), [each for _, each in shuffled]))
    assert dict(zip((place for place, _ in shuffled), again, strict=True)) == dict(enumerate(first))
    assert len(set(first)) > 3, "draws of one prompt differ"
    assert asyncio.run(replies(SimulatedBackend("sim/latent?seed=2"), asked)) != first
    several = complete(SimulatedBackend("sim/latent"), request("run"), 30)
    assert len({completion.text for completion in several}) > 3


def test_keys_are_no_part_of_a_request() -> None:
    assert request("a") == request("b")
    assert hash(request("a")) == hash(request("b"))


def test_at_temperature_0_all_draws_are_the_same() -> None:
    cold = {complete(SimulatedBackend("sim/latent"), request(str(draw), 0.0))[0].text for draw in range(10)}
    assert len(cold) == 1


def test_tokens_prices_and_seconds() -> None:
    backend = SimulatedBackend("sim/latent?price_in=2&price_out=10&latency=0.25&speed=50")
    (reply,) = complete(backend, request())
    (longer,) = complete(backend, request(words="a" * 400))
    assert reply.usage.completion == math.ceil(len(reply.text) / 4)
    assert longer.usage.prompt == reply.usage.prompt + 104
    assert reply.usd == pytest.approx((2 * reply.usage.prompt + 10 * reply.usage.completion) / 1e6)
    assert reply.seconds == pytest.approx(0.25 + reply.usage.completion / 50)
    (unpriced,) = complete(SimulatedBackend("sim/latent"), request())
    assert unpriced.usd is None


def test_it_sleeps_only_if_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    complete(SimulatedBackend("sim/latent?latency=9"), request())
    assert slept == []
    (reply,) = complete(SimulatedBackend("sim/latent?latency=9&sleep=true"), request())
    assert slept == [reply.seconds]


def test_a_reply_ends_at_its_limit() -> None:
    short = Request(request().messages, Sampling(max_tokens=5))
    (reply,) = complete(SimulatedBackend("sim/latent"), short)
    assert (reply.finish, reply.usage.completion, len(reply.text)) == ("length", 5, 20)


def test_a_prompt_without_a_generated_problem_is_refused() -> None:
    with pytest.raises(BackendError, match="--benchmark latent") as caught:
        complete(SimulatedBackend("sim/latent"), Request((user("Add one to x, code only."),), Sampling()))
    assert not caught.value.retryable
    (reply,) = complete(SimulatedBackend("sim/latent"), Request((user("How does one solve problems?"),), Sampling()))
    assert reply.text


def kinds(model: str, strategy: str, attempts: int, **options: object) -> dict[str, list[list[Made | None]]]:
    """Return, for each problem and unit, what each attempt's program is."""
    backend = SimulatedBackend(model)

    def unit(problem: Problem, seed: int) -> list[Made | None]:
        found = run(backend, problem.view(), strategy, attempts, seed, **options)
        return [made(attempt.code, problem.id) for attempt in found]

    return {problem.id: [unit(problem, seed) for seed in range(UNITS)] for problem in PROBLEMS}


def near(values: dict[str, list[float]], expected: float) -> bool:
    """Whether the mean over problems of the mean over units is within four standard errors of what is expected."""
    means = [sum(these) / len(these) for these in values.values()]
    spreads = [
        sum((value - mean) ** 2 for value in these) / (len(these) - 1) / len(these)
        for these, mean in zip(values.values(), means, strict=True)
    ]
    error = math.sqrt(sum(spreads)) / len(means)
    assert 0 < error < 0.03 * max(1, expected), "the check could not fail"
    return abs(sum(means) / len(means) - expected) < 4 * error


def passes(found: dict[str, list[list[Made | None]]], k: int) -> dict[str, list[float]]:
    def estimate(unit: list[Made | None]) -> float:
        n, c = len(unit), sum(kind is not None and kind.right for kind in unit)
        return 1 - math.comb(n - c, k) / math.comb(n, k)

    return {problem: [estimate(unit) for unit in units] for problem, units in found.items()}


@pytest.mark.parametrize(
    ("strategy", "attempts", "options", "expected"),
    [
        ("repeated", 8, {}, Truth.repeated),
        ("ideasearch", 6, {}, Truth.ideasearch),
        (
            "ideasearch",
            7,
            {"ideas": "list", "ideas_per_list": 4},
            lambda t, k: t.listed(k, attempts=7, ideas_per_list=4),
        ),
        ("plansearch", 7, {}, lambda t, k: t.plansearch(k, attempts=7)),
        (
            "plansearch",
            6,
            {"critique": True, "pseudocode": True, "observations": 4, "subset_size": 1},
            lambda t, k: t.plansearch(k, attempts=6, observations=4, subset_size=1, critique=True),
        ),
    ],
)
def test_strategies_come_out_at_the_closed_forms(
    strategy: str, attempts: int, options: dict[str, object], expected: Callable[[Truth, int], float]
) -> None:
    model = "sim/latent?polarity=0.5&follow=0.9&insight=0.5"
    truth = Truth.of(model, BENCHMARK, temperature=TEMPERATURE)
    found = kinds(model, strategy, attempts, **options)
    for k in (1, 3, attempts):
        assert near(passes(found, k), expected(truth, k)), k


def test_draws_have_the_diversity_and_the_public_passes_that_are_claimed() -> None:
    model = "sim/latent?polarity=0.5&garble=0.1&accept=0.5"
    backend = SimulatedBackend(model)
    truth = Truth.of(model, BENCHMARK, temperature=TEMPERATURE)
    found = kinds(model, "repeated", 8)
    assert near(passes(found, 3), truth.repeated(3))

    def public(problem: str, kind: Made | None) -> bool:
        _, seed, number = problem.split("/")
        ideas = backend._ideas(int(seed), int(number))
        return kind is not None and (kind.right or ideas.accepted[kind.idea - 1][kind.fault - 1])

    passed = {p: [sum(public(p, kind) for kind in unit) / 8 for unit in units] for p, units in found.items()}
    assert near(passed, truth.public_pass_rate())

    def submitted(problem: str, unit: list[Made | None]) -> float:
        first = [kind for kind in unit if public(problem, kind)][:2]
        return float(any(kind is not None and kind.right for kind in first))

    assert near({p: [submitted(p, unit) for unit in units] for p, units in found.items()}, truth.selected(8, 2))

    def different(unit: list[object]) -> float:
        pairs = math.comb(len(unit), 2)
        return 1 - sum(math.comb(count, 2) for count in Counter(unit).values()) / pairs if pairs else 1.0

    readable = {p: [[kind for kind in unit if kind] for unit in units] for p, units in found.items()}
    by_idea = {p: [different([kind.idea for kind in unit]) for unit in units] for p, units in readable.items()}
    assert near(by_idea, truth.idea_diversity())
    behaviour = {p: [different([kind.behaviour for kind in unit]) for unit in units] for p, units in readable.items()}
    assert near(behaviour, truth.behaviour_diversity())
    three = {p: [float(len({kind.behaviour for kind in unit[:3]})) for unit in units] for p, units in readable.items()}
    assert near(three, truth.behaviours(3))


def test_repairs_come_out_at_the_closed_form() -> None:
    model = "sim/latent?polarity=0.5&switch=0.4"
    backend, truth = SimulatedBackend(model), Truth.of(model, BENCHMARK, temperature=TEMPERATURE)

    def last(problem: Problem, unit: int) -> float:
        _, seed, number = problem.id.split("/")
        accepted = backend._ideas(int(seed), int(number)).accepted
        messages = prompt("repeated/code", problem.view())
        kind: Made | None = None
        for turn in range(4):
            (reply,) = complete(backend, Request(messages, Sampling(temperature=TEMPERATURE), key=f"{unit}.{turn}"))
            kind = made(extract_program(reply.text, wanted=problem.entry.name), problem.id)
            assert kind is not None
            if kind.right or accepted[kind.idea - 1][kind.fault - 1]:
                break
            messages = (*messages[:1], user(f"{reply.text}\n\nIt failed. Give the complete function, mended."))
        return float(kind is not None and kind.right)

    found = {problem.id: [last(problem, unit) for unit in range(4 * UNITS)] for problem in PROBLEMS}
    assert near(found, truth.repaired(3))


def test_two_programs_of_one_idea_are_as_much_alike_as_is_claimed() -> None:
    model = "sim/latent?polarity=0.5&follow=0.9"
    backend, truth = SimulatedBackend(model), Truth.of(model, BENCHMARK, temperature=TEMPERATURE)

    def pair(problem: Problem, unit: int) -> tuple[bool, bool]:
        question = prompt("ideasearch/idea", problem.view(), words=60)
        sampling = Sampling(temperature=TEMPERATURE)
        (idea,) = complete(backend, Request(question, sampling, stop=("```",), key=str(unit)))
        messages = prompt("ideasearch/code", problem.view(), idea=idea.text)
        codes = [complete(backend, Request(messages, sampling, key=f"{unit}.{draw}"))[0].text for draw in (0, 1)]
        first, second = (made(extract_program(code, wanted=problem.entry.name), problem.id) for code in codes)
        assert first is not None and second is not None
        return first.right, second.right

    found = {problem.id: [pair(problem, unit) for unit in range(3 * UNITS)] for problem in PROBLEMS}
    # The intraclass correlation is made of these two means: E[q] and E[q²] over ideas.
    assert near({p: [(a + b) / 2 for a, b in pairs] for p, pairs in found.items()}, truth.ideasearch(1))
    squares = sum(mind.variances()[0] + mind.by_idea**2 for mind in truth.minds) / len(truth.minds)
    assert near({p: [float(a and b) for a, b in pairs] for p, pairs in found.items()}, squares)
