"""The run directory: append-only JSON lines as the truth, one shard per writer, readable with `jq`.

results/<run>/
  spec.yaml        complete and resolved
  manifest.json    format, versions, platform, dataset and prompt digests, sandbox level, sessions
  calls/  attempts/  verdicts/  units/  trials/  texts/    *.jsonl, one shard per writer
  judge/<model>/   calls, texts and judgements of a model that was asked which programs share an idea
  pass_rates.csv   derived, rewritten at the end of each session
  cache/           Parquet, derived from the rows of large runs, deletable
"""

from cotbench.store.layout import RunDirectory, list_runs, named_run
from cotbench.store.manifest import Manifest, ProblemInfo, ProgramsInfo, Session
from cotbench.store.reader import RunRows, read_rows, read_texts, stream_rows
from cotbench.store.rows import AttemptRow, CallRow, TextRow, UnitRow, VerdictRow
from cotbench.store.writer import RunWriter

__all__ = [
    "AttemptRow",
    "CallRow",
    "Manifest",
    "ProblemInfo",
    "ProgramsInfo",
    "RunDirectory",
    "RunRows",
    "RunWriter",
    "Session",
    "TextRow",
    "UnitRow",
    "VerdictRow",
    "list_runs",
    "named_run",
    "read_rows",
    "read_texts",
    "stream_rows",
]
