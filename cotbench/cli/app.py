"""The root command, the error boundary and the exit codes.

Verbs are loaded when they are used, so that `cotbench --help` stays fast.
Exit codes: 0 ok · 1 internal error · 2 usage or configuration · 3 incomplete, can be resumed · 4 a gate was not met ·
130 interrupted.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import traceback
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from cotbench._version import __version__
from cotbench.core.errors import BackendError, CotbenchError, GradingError

OK, INTERNAL, USAGE, INCOMPLETE, GATE, INTERRUPTED = 0, 1, 2, 3, 4, 130

VERBS: dict[str, str] = {
    "run": "Run a search strategy on a benchmark, or continue a run.",
    "grade": "Judge programs that were made elsewhere.",
    "regrade": "Judge a run again with the grader of today.",
    "compare": "Compare runs problem by problem, with intervals.",
    "plot": "Draw runs as a figure.",
    "select": "Let selectors choose among a run's attempts.",
    "diversity": "Say how different the programs of runs are.",
    "export": "Write a run's programs or conversations for other tools.",
    "show": "Show a run, or the plan tree of one problem.",
    "compact": "Build the cache that makes large runs quick to analyse.",
    "benchmark": "Check a benchmark before it judges anybody.",
    "list": "List strategies, models, benchmarks or runs.",
    "fetch": "Download an embedded model before it is needed.",
    "doctor": "Say what works on this machine, and what to do about what does not.",
}
"""The verbs in the order of `--help`, each with the first line of its own help (a test compares them)."""


class _Verb(TyperCommand):
    """Stands for a verb until it is used; then the verb's module is imported and takes over."""

    # Some releases of typer use click and some carry a copy of it, so click's types cannot be named here.
    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        return load_verb(info_name or self.name or "").make_context(info_name, args, parent, **extra)


class _Root(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        summary = VERBS.get(cmd_name)
        return None if summary is None else _Verb(cmd_name, help=summary)


def load_verb(name: str) -> TyperCommand | TyperGroup:
    """Return the real command of a verb, a group where the verb has commands of its own."""
    module = importlib.import_module(f"cotbench.cli.{'listing' if name == 'list' else name}")
    command = get_command(module.app)
    if not isinstance(command, TyperCommand | TyperGroup):
        raise TypeError(f"{name} is no command")
    command.name = name
    return command


_USAGE_ERROR: Any = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")

app = typer.Typer(
    cls=_Root, no_args_is_help=True, add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cotbench {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback when something goes wrong.")] = False,
) -> None:
    """Which inference-time search strategy buys the most solved coding problems per token?

    Example: cotbench run --strategy plansearch && cotbench run --strategy repeated && cotbench compare && cotbench plot

    Exit codes: 0 ok, 1 internal error, 2 usage or configuration, 3 incomplete (the same command continues),
    4 a gate was not met, 130 interrupted.
    """


def main() -> NoReturn:
    """Run the command line and exit with the documented code."""
    debug = "--debug" in sys.argv or bool(os.environ.get("COTBENCH_DEBUG"))
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    signal.signal(signal.SIGTERM, _interrupted)
    # Before numpy is loaded. Its products are small here: several threads wait for each other more than they work.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        code = get_command(app).main(arguments, prog_name="cotbench", standalone_mode=False)
        status = code if isinstance(code, int) else OK
    except CotbenchError as error:
        status = INCOMPLETE if isinstance(error, BackendError | GradingError) else USAGE
        _complain(error, debug)
    except (KeyboardInterrupt, typer.Abort):
        typer.echo("interrupted", err=True)
        status = INTERRUPTED
    except BrokenPipeError:
        # The reader of our output (`| head`) went away: not an error, and nothing more can be printed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = OK
    except Exception as error:
        if isinstance(error, _USAGE_ERROR):
            error.show()
            status = USAGE
        else:
            status = INTERNAL
            _complain(error, debug)
    sys.exit(status)


def _interrupted(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _complain(error: Exception, debug: bool) -> None:
    if debug:
        traceback.print_exception(error)
    elif isinstance(error, CotbenchError):
        typer.echo(f"error: {error}", err=True)
    else:
        typer.echo(
            f"internal error: {type(error).__name__}: {error}\nThis is a bug. Give the command again with --debug "
            "and report what it prints.",
            err=True,
        )
