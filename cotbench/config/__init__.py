"""Files and flags become one validated RunSpec."""

from cotbench.config.files import load_file
from cotbench.config.settings import Settings, parse_extra, parse_sets, read_settings

__all__ = ["Settings", "load_file", "parse_extra", "parse_sets", "read_settings"]
