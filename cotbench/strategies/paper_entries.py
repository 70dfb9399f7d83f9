"""The strategies of the PlanSearch paper, those it is compared with and those of its experiments."""

from __future__ import annotations

from cotbench.core.spec import ALL
from cotbench.strategies import (
    backtranslate,
    conditioned,
    cot,
    ideasearch,
    plansearch_calls,
    plansearch_options,
    repeated,
)
from cotbench.strategies.backtranslate import Backtranslate, BacktranslateOptions
from cotbench.strategies.conditioned import Conditioned, ConditionedOptions
from cotbench.strategies.cot import Cot, CotOptions
from cotbench.strategies.entry import PAPER, RunDefaults, entry
from cotbench.strategies.ideasearch import IdeaSearch, IdeaSearchOptions
from cotbench.strategies.plansearch import PlanSearch
from cotbench.strategies.plansearch_options import PlanSearchOptions
from cotbench.strategies.repeated import Repeated, RepeatedOptions
from cotbench.strategies.shots import FOLDER as EXAMPLES

_DRAWS = {"greedy": RunDefaults(temperature=0.0, attempts=1), "paper": PAPER}

PAPER_ENTRIES = (
    entry(
        "repeated",
        "repeated sampling: n draws of one prompt",
        "1 call per attempt",
        RepeatedOptions,
        Repeated,
        repeated.calls,
        repeated.PRESETS,
        defaults=_DRAWS,
        folders=("repeated", EXAMPLES),
        one_prompt=True,
    ),
    entry(
        "cot",
        "reasoning and then the program, in one reply",
        "1 call per attempt",
        CotOptions,
        Cot,
        cot.calls,
        cot.PRESETS,
        defaults=_DRAWS,
        folders=("cot", EXAMPLES),
        one_prompt=True,
    ),
    entry(
        "ideasearch",
        "an idea in words first, then its program",
        "2 calls per attempt (ideas=list: 1 + 1/ideas_per_list)",
        IdeaSearchOptions,
        IdeaSearch,
        ideasearch.calls,
        ideasearch.PRESETS,
        defaults={"paper": PAPER},
        folders=("ideasearch", EXAMPLES),
    ),
    entry(
        "plansearch",
        "combinations of observations, each turned into an idea and a program",
        "default: 1 + 2 calls per attempt; paper: about 3.7 calls per attempt",
        PlanSearchOptions,
        PlanSearch,
        plansearch_calls.calls,
        plansearch_options.PRESETS,
        finite=True,
        defaults=dict.fromkeys(plansearch_options.PRESETS.keys() - {"default"}, PAPER),
        folders=("plansearch", EXAMPLES, "repeated"),
    ),
    entry(
        "conditioned",
        "a grid of ideas and programs of each, to see what the idea decides",
        "1 call per attempt and 1 per idea; 5 × 25 attempts unless said otherwise",
        ConditionedOptions,
        Conditioned,
        conditioned.calls,
        conditioned.PRESETS,
        finite=True,
        defaults={
            "default": RunDefaults(attempts=ALL),
            "paper": RunDefaults(temperature=0.8, top_p=0.95, attempts=ALL),
        },
        folders=(EXAMPLES, "ideasearch"),
    ),
    entry(
        "backtranslate",
        "sketches of right programs, of several lengths, and programs written from them",
        "1 call per attempt and 1 per sketch; 4 × 5 attempts unless said otherwise",
        BacktranslateOptions,
        Backtranslate,
        backtranslate.calls,
        backtranslate.PRESETS,
        finite=True,
        defaults={
            "default": RunDefaults(attempts=ALL),
            "paper": RunDefaults(temperature=0.9, top_p=0.95, attempts=ALL),
        },
        folders=("backtranslate", EXAMPLES, "ideasearch"),
        supply=Backtranslate,
        donor=lambda options: options.from_run,
    ),
)
