"""Files and flags become one validated RunSpec."""

from cotbench.config.files import ConfigFile, load_file
from cotbench.config.settings import Settings, parse_extra, parse_sets, read_settings
from cotbench.config.study import Entry, StudySettings

__all__ = [
    "ConfigFile",
    "Entry",
    "Settings",
    "StudySettings",
    "load_file",
    "parse_extra",
    "parse_sets",
    "read_settings",
]
