"""The kinds of figure by name, in the order in which help shows them."""

from __future__ import annotations

from cotbench.core.errors import ConfigurationError, near_matches
from cotbench.plots.calibration import CALIBRATION
from cotbench.plots.cost import COST
from cotbench.plots.diversity import DIVERSITY
from cotbench.plots.gain import GAIN
from cotbench.plots.kind import AnyKind
from cotbench.plots.passk import PASSK
from cotbench.plots.polarisation import POLARISATION
from cotbench.plots.rates import RATES
from cotbench.plots.sketches import SKETCHES
from cotbench.plots.survival import SURVIVAL

_ALL: tuple[AnyKind, ...] = (
    PASSK,
    COST,
    DIVERSITY,
    GAIN,
    RATES,
    POLARISATION,
    SKETCHES,
    SURVIVAL,
    CALIBRATION,
)

KINDS: dict[str, AnyKind] = {kind.name: kind for kind in _ALL}


def kind_named(name: str) -> AnyKind:
    """Return the kind of a name. Raises ConfigurationError with near matches."""
    found = KINDS.get(name)
    if found is None:
        raise ConfigurationError(f"there is no kind of figure {name!r}", hint=near_matches(name, KINDS))
    return found
