"""cotbench: which inference-time search strategy buys the most solved coding problems per token."""

from cotbench._version import __version__

__all__ = ["__version__"]
