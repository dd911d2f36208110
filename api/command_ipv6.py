"""The group ``ngbw ipv6``: readiness of devices, websites and links, with the evidence."""

from __future__ import annotations

import typer

from . import (
    command_ipv6_device,
    command_ipv6_link,
    command_ipv6_report,
    command_ipv6_retest,
    command_ipv6_site,
)

__all__ = ["register"]

group = typer.Typer(
    name="ipv6",
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Say how ready devices, websites and links are for IPv6, and by what evidence.",
)


def register(app: typer.Typer) -> None:
    """Add the group to the command."""
    command_ipv6_device.add_verb(group)
    command_ipv6_site.add_verb(group)
    command_ipv6_link.add_verb(group)
    command_ipv6_report.add_verb(group)
    command_ipv6_retest.add_verb(group)
    app.add_typer(group)
