"""Figures for papers: legible in black and white, labelled at the lines, drawn without touching global settings."""

from cotbench.plots.passk import draw_passk

__all__ = ["draw_passk"]
