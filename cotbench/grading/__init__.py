"""The sandbox: worker processes, limits, and the rules by which an output equals an expected output.

The program under judgement never sees an expected output and never shares a process with the judge.
"""

from cotbench.grading.check_self import check_sandbox
from cotbench.grading.comparers import known_comparers
from cotbench.grading.grader import SandboxGrader

GRADER_VERSION = "3"
"""Stored with every verdict; raised whenever a change of the grader could change a verdict."""

__all__ = ["GRADER_VERSION", "SandboxGrader", "check_sandbox", "known_comparers"]
