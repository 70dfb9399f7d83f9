"""The version of cotbench, and of the files it writes."""

__version__ = "0.1.0"

RUN_FORMAT = 1
"""Version of the run directory's layout; a directory written by another version is refused, not guessed at."""
