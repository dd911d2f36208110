"""Agents written for one test each: an honest one, and what turns it into a hostile one."""

from __future__ import annotations

import socket
import threading
from bisect import bisect_right
from dataclasses import replace
from typing import Any

import pytest

from ngbw.probes.snmp import ber
from ngbw.probes.snmp.agents import Agent, Ask, Budget, Community
from ngbw.probes.snmp.values import Tag, Typed, oid

UP_TIME = oid("1.3.6.1.2.1.1.3.0")
NAME, OCTETS = oid("1.3.6.1.2.1.31.1.1.1.1"), oid("1.3.6.1.2.1.31.1.1.1.6")
END = Typed(Tag.END_OF_MIB_VIEW, None)
ABSENT = Typed(Tag.NO_SUCH_INSTANCE, None)


class World:
    """A device with two columns of as many ports as are wanted, and how it answers honestly."""

    def __init__(self, ports: int = 10) -> None:
        self.rows = {UP_TIME: Typed(Tag.TIME_TICKS, 4200)}
        for port in range(1, ports + 1):
            self.rows[(*NAME, port)] = Typed(Tag.OCTET_STRING, b"ge-%d" % port)
            self.rows[(*OCTETS, port)] = Typed(Tag.COUNTER64, 2**40 + port)
        self.names = sorted(self.rows)

    def after(self, name):
        """Return the binding that follows a name."""
        place = bisect_right(self.names, name)
        if place == len(self.names):
            return name, END
        return self.names[place], self.rows[self.names[place]]

    def bindings(self, pdu):
        """Return what an honest agent answers."""
        names = [name for name, _ in pdu.varbinds]
        if pdu.tag == ber.GET:
            return [(name, self.rows.get(name, ABSENT)) for name in names]
        if pdu.tag == ber.GET_NEXT:
            return [self.after(name) for name in names]
        found = [self.after(name) for name in names[: pdu.error_status]]
        names = names[pdu.error_status :]
        for _ in range(pdu.error_index):
            row = [self.after(name) for name in names]
            found += row
            names = [name for name, _ in row]
        return found

    def response(self, pdu, bindings=None, *, status=0, index=0):
        """Return a response."""
        bound = self.bindings(pdu) if bindings is None else bindings
        return ber.Pdu(ber.RESPONSE, pdu.request_id, status, index, tuple(bound))


def datagram(message, pdu):
    """Return a response as an agent sends it."""
    return ber.tlv(
        0x30,
        ber.encode_integer(message.version) + ber.tlv(4, message.community) + ber.encode_pdu(pdu),
    )


class AuthoredAgent:
    """Answers over UDP as a function says: ``answer(message, received) -> datagrams``."""

    def __init__(self, answer, host="127.0.0.1") -> None:
        self.answer = answer
        self.messages: list[Any] = []
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.elsewhere = socket.socket(family, socket.SOCK_DGRAM)
        self.elsewhere.bind((host, 0))
        self.host, self.port = self.socket.getsockname()[:2]
        self.thread = threading.Thread(target=self._serve)

    def _serve(self):
        while True:
            received, place = self.socket.recvfrom(65_535)
            if not received:
                return
            message = ber.decode_message(received)
            self.messages.append(message)
            for sent in self.answer(message, received):
                from_here = self.elsewhere if isinstance(sent, tuple) else self.socket
                from_here.sendto(sent[0] if isinstance(sent, tuple) else sent, place)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        with socket.socket(self.socket.family, socket.SOCK_DGRAM) as stop:
            stop.sendto(b"", (self.host, self.port))
        self.thread.join()
        self.socket.close()
        self.elsewhere.close()

    def ask(self, *, version=2, community="public", agent_id="a", **wanted):
        """Return an ask of both columns, unless the test wants something else."""
        budget = replace(Budget(seconds=3, timeout_s=0.1, retries=1), **wanted.pop("budget", {}))
        wanted.setdefault("tables", ((NAME, OCTETS),))
        agent = Agent(agent_id, self.host, Community(community, version), self.port)
        return Ask(agent, budget=budget, **wanted)


@pytest.fixture
def world():
    """Return the class of honest devices."""
    return World


@pytest.fixture
def authored():
    """Return the class of agents that answer as a function says."""
    return AuthoredAgent


@pytest.fixture
def as_datagram():
    """Return the function that writes a response."""
    return datagram
