"""What the verbs that ask agents share: their options, how they stop, what silence is called."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from ..topology.errors import SurroundingsError

if TYPE_CHECKING:
    from ..probes.snmp.agents import Agent, Answer

__all__ = [
    "AuthOption",
    "CommunityEnvOption",
    "CommunityOption",
    "JsonOption",
    "PrivOption",
    "ProjectArgument",
    "ProjectOption",
    "UserOption",
    "has_answered",
    "no_answer",
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


def has_answered(answer: Answer) -> bool:
    """Tell whether an agent said something of what it was asked."""
    from ..probes.snmp.agents import Outcome

    return answer.outcome in (Outcome.ANSWERED, Outcome.PARTIAL)


def no_answer(answer: Answer, agent: Agent, target: str) -> SurroundingsError:
    """Return the error of an agent that says nothing: why, and how to find out more."""
    from .probe_steps import why_not

    return SurroundingsError(
        f"{agent.agent_id} does not answer ({answer.outcome.value}): {why_not(answer, agent)}; "
        f"see each step with: ngbw probe test {target} -v"
    )
