"""What the verbs that ask agents share: their options, how they stop, what silence is called."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from ..topology.errors import SurroundingsError

if TYPE_CHECKING:
    from ..probes.snmp.agents import Agent, Answer, Ask, SnmpTransport

__all__ = [
    "AuthOption",
    "CommunityEnvOption",
    "CommunityOption",
    "JsonOption",
    "PrivOption",
    "ProjectArgument",
    "ProjectOption",
    "UserOption",
    "first_answer",
    "stopped_by_signals",
]

ProjectArgument = Annotated[Path, typer.Argument(help="Project directory.")]
ProjectOption = Annotated[
    Path | None, typer.Option(help="Project whose networks and credentials hold.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout.")]

CommunityOption = Annotated[
    str,
    typer.Option(
        help="Community of v1 and v2c; better: --community-env, which no process list shows."
    ),
]
CommunityEnvOption = Annotated[
    str, typer.Option(help="Environment variable that holds the community.")
]
UserOption = Annotated[str, typer.Option(help="User of SNMPv3; passwords come from variables.")]
AuthOption = Annotated[
    str, typer.Option(help="Authentication of v3: sha256, sha512, sha384, sha224, sha1, md5.")
]
PrivOption = Annotated[
    str,
    typer.Option(
        help="Encryption of v3: aes128, aes192, aes256, aes192c and aes256c (Cisco), des."
    ),
]


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """Give an event that SIGTERM and SIGINT set; outside the main thread nobody sets it."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {one: signal.signal(one, on_signal) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def first_answer(
    transport: SnmpTransport, asks: Iterable[Ask], *, target: str
) -> tuple[Agent, Answer]:
    """Put one ask after the other to an agent, and return as whom it answered, and what.

    Parameters
    ----------
    asks
        The same question under each credential.
    target
        The agent as it was named, for the way out.

    Raises
    ------
    SurroundingsError
        It answers none: why not, and how to find out more.
    """
    from ..probes.snmp.agents import Outcome
    from .probe_steps import why_not

    said = "there is no credential to ask it with"
    for ask in asks:
        (answer,) = transport.collect([ask])
        if answer.outcome in (Outcome.ANSWERED, Outcome.PARTIAL):
            return ask.agent, answer
        said = f"{answer.outcome.value}: {why_not(answer, ask.agent)}"
    raise SurroundingsError(
        f"{target} does not answer ({said}); see each step with: ngbw probe test {target} -v"
    )
