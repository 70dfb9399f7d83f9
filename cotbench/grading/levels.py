"""The isolation levels by name, from the least to the best."""

from __future__ import annotations

from typing import Literal, TypeAlias

Level: TypeAlias = Literal["none", "basic", "docker", "full"]

LEVELS: tuple[Level, ...] = ("none", "basic", "docker", "full")
"""Level n of the documentation is LEVELS[n]."""

SAFE_FROM: Level = "docker"
"""Below this level programs can read the user's files and use the network."""
