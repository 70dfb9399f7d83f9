"""Figures for papers: legible in black and white, labelled at the lines, drawn without touching global settings."""

from cotbench.plots.draw import draw, figure, figure_data
from cotbench.plots.kind import Choices
from cotbench.plots.registry import KINDS

__all__ = ["KINDS", "Choices", "draw", "figure", "figure_data"]
