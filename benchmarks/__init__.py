"""Scripts that measure the grader against the graders of other projects, in the same run on the same machine."""
