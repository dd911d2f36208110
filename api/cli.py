"""The ``ngbw`` command: verbs, global options, errors and exit codes.

Nothing heavy is imported here, so that ``ngbw --help`` answers at once; each verb imports what it
needs when it runs.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from typing import Annotated

import typer

from .. import __version__
from ..topology.errors import EXIT_CODES, NgbwError, UsageError
from . import (
    command_access,
    command_alarms,
    command_antenna,
    command_check,
    command_fibre,
    command_ipv6,
    command_measure,
    command_network,
    command_plan,
    command_probe,
    command_project,
    command_secret,
    command_serve,
    command_store,
    command_topology,
    command_white_space,
)
from .logs import LogFormat, configure
from .terminal import default_language, error_document, show_json, tell

__all__ = ["app", "main", "run"]

# typer carries a click of its own since 0.24; this finds its errors whichever it uses.
_USAGE_ERROR: type[Exception] = typer.BadParameter.__mro__[1]
_CLICK_ERROR: type[Exception] = typer.BadParameter.__mro__[2]

app = typer.Typer(
    name="ngbw",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Plan, simulate, watch and show a district's broadcast-wireless and broadband network.",
    epilog="Exit codes: " + "; ".join(f"{code} {words}" for code, words in EXIT_CODES.items()),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 79},
)


STOPPED = 130
"""Exit code after Ctrl-C, as shells count it."""

DEFECT = 70
"""Exit code of an error that ngbw did not expect (EX_SOFTWARE of sysexits)."""


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"ngbw {__version__}\n")
        raise typer.Exit


@app.callback()
def _globals(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    log: Annotated[str, typer.Option(help="Form of log lines: text or json.")] = "text",
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more.")] = False,
) -> None:
    if log not in ("text", "json"):
        raise typer.BadParameter("use text or json", param_hint="--log")
    form: LogFormat = "json" if log == "json" else "text"
    configure(form, verbose=verbose)


command_project.register(app)
command_plan.register(app)
command_measure.register(app)
command_antenna.register(app)
command_network.register(app)
command_fibre.register(app)
command_check.register(app)
command_white_space.register(app)
command_secret.register(app)
command_serve.register(app)
command_store.register(app)
command_topology.register(app)
command_alarms.register(app)
command_probe.register(app)
command_ipv6.register(app)
command_access.register(app)


def _language(arguments: list[str]) -> str:
    """Return the language that was asked for, wherever it stands: the verb may not have run."""
    for at, argument in enumerate(arguments):
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
        if argument == "--lang" and at + 1 < len(arguments):
            return arguments[at + 1]
    return default_language()


def _complaint(message: str, arguments: list[str]) -> str:
    """Return an error as a line: in Chinese where that was asked for and there are words for it."""
    if _language(arguments) == "zh-CN":
        from ..maps.sentences import translated  # late: words are needed for an error only

        chinese = translated(message, "zh-CN")
        if chinese is not None:
            return f"错误：{chinese}"
    return f"error: {message}"


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code.

    Every error that ngbw raises on purpose becomes one message on stderr (and, with ``--json``,
    a document on stdout) and the exit code of its class. Anything else is a bug: its traceback
    is shown.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        outcome = app(args=arguments, standalone_mode=False)
    except NgbwError as error:
        if "--json" in arguments:
            show_json(error_document(error))
        tell(_complaint(str(error), arguments))
        return error.exit_code
    except _CLICK_ERROR as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            tell(str(error))
            return 2
        context = getattr(error, "ctx", None)
        if isinstance(error, _USAGE_ERROR) and context is not None:
            tell(context.get_usage())
        message = error.format_message()  # type: ignore[attr-defined]  # of every ClickException
        if "--json" in arguments:
            show_json(error_document(UsageError(message)))
        tell(_complaint(message, arguments))
        return 2
    except (typer.Abort, KeyboardInterrupt):
        tell("stopped")
        return STOPPED
    except BrokenPipeError:  # the reader of our output went away, as `| head` does
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - keeps the interpreter's exit quiet
        return 0
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        tell(f"error: {error.strerror or error}{place}; check the disk and your rights")
        return 6
    except Exception as error:  # noqa: BLE001 - the border of the process
        if _interrupted(error):
            tell("stopped")
            return STOPPED
        # A defect of ours must not look like a missed target, which is what 1 would say.
        traceback.print_exc()
        tell("error: this is a defect of ngbw; please report it with the lines above")
        return DEFECT
    if outcome == STOPPED:
        tell("stopped")
    return outcome if isinstance(outcome, int) else 0


def _interrupted(error: BaseException) -> bool:
    """Tell whether an error only followed from Ctrl-C: a compiler that is stopped fails later."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, KeyboardInterrupt):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def run() -> None:
    """Entry point of the console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What a terminal's encoding lacks is shown as a code; it never stops the answer.
            stream.reconfigure(errors="backslashreplace")
    sys.exit(main())
