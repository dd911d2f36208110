"""Verbs that ask the network itself: ping, path, group, names, link, and discover."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .terminal import progress_bar, say, show_json, tell

if TYPE_CHECKING:
    from ..probes.discovery import Comparison, Crawl
    from ..probes.safety import Target

__all__ = ["add_verbs"]

_JSON = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout.")]
_PROJECT = Annotated[Path | None, typer.Option(help="Project whose networks hold.")]
_HOST = Annotated[str, typer.Argument(help="Address or name.")]


def _target(host: str, project: Path | None) -> Target:
    from .probe_target import permitted

    return permitted(host, project)


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def ping(
    hosts: Annotated[list[str], typer.Argument(help="Addresses or names.")],
    *,
    project: _PROJECT = None,
    count: Annotated[int, typer.Option(min=1, max=1000, help="Requests to each.")] = 10,
    interval: Annotated[float, typer.Option(help="Seconds between two, 0.01 to 60.")] = 0.2,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for an answer.")] = 1.0,
    size: Annotated[int, typer.Option(help="Bytes of payload, 16 to 8972.")] = 56,
    json: _JSON = False,
) -> int:
    """Measure loss, delay and jitter to many hosts at once; no privilege where Linux allows.

    Exit code 6 when one does not answer at all.
    """
    from ..probes.active.echo import EchoPlan, echo

    targets = [_target(host, project) for host in hosts]
    found = echo(targets, EchoPlan(count, interval, timeout, size))
    if json:
        show_json(
            [
                asdict(one.figures)
                | {
                    "host": one.target.name,
                    "address": one.target.address,
                    "duplicates": one.duplicates,
                    "errors": list(one.errors),
                    "trustworthy": one.trustworthy,
                }
                for one in found
            ]
        )
    else:
        say(f"{'host':<32} {'loss':>7} {'median':>9} {'p95':>9} {'jitter':>9}  ms")
        for one in found:
            figures = one.figures
            loss = "unknown" if not one.trustworthy else f"{figures.loss_ratio:.0%}"
            say(
                f"{one.target.name:<32} {loss:>7} {_ms(figures.rtt_median_ms):>9} "
                f"{_ms(figures.rtt_p95_ms):>9} {_ms(figures.jitter_ms):>9}  "
                + "; ".join(one.errors)
            )
            if not one.trustworthy:
                tell(f"warning: {one.target.name}: this machine itself was late or lost packets")
    return 6 if any(one.trustworthy and one.figures.received == 0 for one in found) else 0


def path(
    host: _HOST,
    *,
    project: _PROJECT = None,
    hops: Annotated[int, typer.Option(min=1, max=64, help="Where to stop.")] = 30,
    largest: Annotated[int, typer.Option(help="Largest packet to try, in bytes.")] = 1500,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for each answer.")] = 1.0,
    json: _JSON = False,
) -> int:
    """Show the routers on the way to a host, the largest packet that passes, and black holes.

    Exit code 6 when the host is not reached.
    """
    from ..probes.active.path import path_mtu, trace

    target = _target(host, project)
    way = trace(target, most_hops=hops, timeout_s=timeout)
    mtu = path_mtu(target, largest_bytes=largest, timeout_s=timeout)
    if json:
        show_json(
            {
                "host": target.name,
                "address": target.address,
                "hops": [asdict(hop) for hop in way],
                "mtu": asdict(mtu),
            }
        )
    else:
        for hop in way:
            times = " ".join(_ms(rtt) for rtt in hop.rtt_ms)
            say(f"{hop.hops:>3}  {', '.join(hop.addresses) or '*':<40} {times} ms  {hop.kind}")
        size = "unknown" if mtu.mtu_bytes is None else f"{mtu.mtu_bytes} bytes"
        say(f"largest packet: {size} ({mtu.reason})")
    return 0 if way and way[-1].kind == "port" else 6


def group(
    address: Annotated[str, typer.Argument(help="Multicast group.")],
    port: Annotated[int, typer.Argument(help="UDP port.")],
    *,
    source: Annotated[str, typer.Option(help="Who sends, for source-specific groups.")] = "",
    interface: Annotated[str, typer.Option(help="Interface to join on.")] = "",
    seconds: Annotated[float, typer.Option(help="How long to watch, 0.1 to 60.")] = 5.0,
    json: _JSON = False,
) -> int:
    """Join a television group as a receiver would: how soon it comes, its rate and its loss.

    Exit code 6 when nothing comes.
    """
    from ..probes.active.multicast import watch_group

    watched = watch_group(
        address, port, seconds=seconds, source=source or None, interface=interface
    )
    figures = watched.figures
    if json:
        show_json(asdict(watched))
    elif watched.join_ms is None:
        say(f"{address} port {port}: nothing came in {seconds:g} s")
    else:
        loss = (
            "not told by this form" if figures.loss_ratio is None else f"{figures.loss_ratio:.3%}"
        )
        rate = "-" if figures.rate_mbps is None else f"{figures.rate_mbps:.2f} Mbit/s"
        say(f"{address} port {port}: first datagram after {watched.join_ms:.0f} ms")
        say(f"  form {figures.form}, {figures.datagrams} datagrams, {rate}, loss {loss}")
        if figures.continuity_errors is not None:
            say(f"  {figures.continuity_errors} continuity errors")
        if not watched.trustworthy:
            tell(f"warning: this machine itself dropped {watched.local_drops} datagrams")
    return 0 if watched.join_ms is not None else 6


def names(
    server: Annotated[str, typer.Argument(help="Name server: address or name.")],
    name: Annotated[list[str], typer.Argument(help="Names to ask for.")],
    *,
    kind: Annotated[str, typer.Option(help="Type of record.")] = "A",
    project: _PROJECT = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for an answer.")] = 2.0,
    json: _JSON = False,
) -> int:
    """Ask a name server for names: whether it answers, and how fast.

    Exit code 6 when a question is not answered.
    """
    from ..probes.active.name_servers import ask_name_server, success_ratio

    target = _target(server, project)
    found = [ask_name_server(target, one, kind, timeout_s=timeout) for one in name]
    ratio = success_ratio(found)
    if json:
        show_json({"success_ratio": ratio, "answers": [asdict(one) for one in found]})
    else:
        for one in found:
            said = one.reason or f"{one.rcode} {', '.join(one.records)}".rstrip()
            say(f"{one.name:<40} {_ms(one.rtt_ms):>9} ms  {said}")
    return 0 if ratio == 1.0 else 6


def link(
    question: Annotated[
        str,
        typer.Argument(
            help="router-solicit, neighbour-solicit, duplicate-check, dhcpv6-solicit, mld-query, "
            "igmp-query or lldp-listen."
        ),
    ],
    interface: Annotated[str, typer.Argument(help="Interface to ask on.")],
    *,
    address: Annotated[str, typer.Option(help="IPv6 address, for questions about one.")] = "",
    seconds: Annotated[float, typer.Option(help="How long to listen, 0.05 to 65.")] = 2.0,
    json: _JSON = False,
) -> int:
    """Ask a link for routers, neighbours, offers, listeners or announcements; CAP_NET_RAW needed.

    Nothing is leased, claimed or changed. Exit code 6 when nobody answers.
    """
    from ..probes.active.frames import ask_link

    found = ask_link(question, interface, address=address or None, seconds=seconds)
    if json:
        show_json(
            {
                "question": question,
                "interface": interface,
                "unreadable": found.unreadable,
                "messages": [
                    {"after_s": after_s, "kind": type(one).__name__, **asdict(one)}
                    for after_s, one in found.messages
                ],
            }
        )
    else:
        for after_s, one in found.messages:
            rows = ", ".join(f"{key} {value}" for key, value in asdict(one).items() if value)
            say(f"{after_s * 1000:7.1f} ms  {type(one).__name__}: {rows}")
        if not found.messages:
            say("nobody answered")
        if found.unreadable:
            tell(f"warning: {found.unreadable} frames could not be read")
    return 0 if found.messages else 6


def discover(
    project: Annotated[Path, typer.Argument(help="Project directory.")],
    *,
    seed: Annotated[
        list[str] | None, typer.Option(help="Where to begin; repeat it (default: all devices).")
    ] = None,
    places: Annotated[
        Path | None,
        typer.Option(help="Where agents listen instead, as ngbw probe replay --places writes it."),
    ] = None,
    neighbours: Annotated[
        bool, typer.Option("--neighbours", help="Ask every host of ARP and ND tables too.")
    ] = False,
    devices: Annotated[int, typer.Option(min=1, max=100_000, help="Where to stop.")] = 1000,
    json: _JSON = False,
) -> int:
    """Find devices and links from LLDP, CDP, ARP and ND, and hold them against the plan.

    Only addresses in the project's networks are asked. What is heard is kept with its age in
    .ngbw/probes/edges.json, and grows old after a week without being heard.
    """
    from .discovery import discovered

    with progress_bar(quiet=json) as progress:
        crawl, compared = discovered(
            project,
            seeds=seed or [],
            places=places,
            with_neighbours=neighbours,
            most_devices=devices,
            now_s=time.time(),
            progress=lambda done, waiting: progress("asking devices", done, done + waiting),
        )
    if json:
        show_json(_discovery_document(crawl, compared))
        return 0
    say(f"{len(crawl.devices)} devices answered, {len(crawl.silent)} did not")
    for words, count in (
        ("planned links are seen", len(compared.confirmed)),
        ("are heard from one end only", len(compared.one_sided)),
        ("run between other ports than planned", len(compared.moved)),
        ("are planned but not seen", len(compared.missing)),
        ("cannot be told", len(compared.unknown)),
        ("edges are seen but not planned", len(compared.unplanned)),
    ):
        say(f"  {count:>5} {words}")
    for one, edge in compared.one_sided:
        say(f"one-sided: {one.link_id}, heard by {', '.join(edge.listeners)} alone")
    for one, edge in compared.moved:
        say(f"moved: {one.link_id} is on {_ends(edge)}")
    for one in compared.missing:
        say(f"planned but not seen: {one.link_id} ({_ends(one)})")
    for one, why in compared.unknown:
        say(f"cannot be told: {one.link_id}: {why}")
    for edge in compared.unplanned:
        say(f"seen but not planned: {_ends(edge)}")
    for label, by in crawl.named_only:
        say(f"named but not reached: {label}, by {', '.join(by)}")
    for where, why in crawl.refused:
        tell(f"not asked: {where}: {why}")
    if not crawl.complete:
        tell("warning: the limit of --devices ended the search")
    return 0


def _ends(edge: Any) -> str:
    return f"{edge.a.device} {edge.a.port} - {edge.b.device} {edge.b.port}".replace("  ", " ")


def _discovery_document(crawl: Crawl, compared: Comparison) -> dict[str, Any]:
    def ends(edge: Any) -> dict[str, Any]:
        return {"a": asdict(edge.a), "b": asdict(edge.b)}

    def pair(link: Any, edge: Any) -> dict[str, Any]:
        return {"link_id": link.link_id, **ends(edge), "heard_by": list(edge.listeners)}

    return {
        "devices": [
            {
                "name": one.name,
                "asked": one.asked,
                "addresses": list(one.addresses),
                "description": one.system.description,
                "depth": one.depth,
            }
            for one in crawl.devices
        ],
        "silent": list(crawl.silent),
        "refused": dict(crawl.refused),
        "named_only": {name: list(by) for name, by in crawl.named_only},
        "complete": crawl.complete,
        "links": {
            "confirmed": [pair(link, edge) for link, edge in compared.confirmed],
            "one_sided": [pair(link, edge) for link, edge in compared.one_sided],
            "moved": [pair(link, edge) for link, edge in compared.moved],
            "missing": [link.link_id for link in compared.missing],
            "unknown": {link.link_id: why for link, why in compared.unknown},
            "unplanned": [
                {**ends(edge), "heard_by": list(edge.listeners)} for edge in compared.unplanned
            ],
        },
    }


def add_verbs(verbs: typer.Typer) -> None:
    """Add the verbs of this module to a group."""
    for verb in (ping, path, group, names, link, discover):
        verbs.command()(verb)
