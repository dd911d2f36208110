"""Questions to a name server that lives in the test."""

from __future__ import annotations

import socket
import threading

import dns.message
import dns.rcode
import dns.rrset
import pytest

from ngbw.probes.active.name_servers import ask_name_server, success_ratio
from ngbw.probes.safety import Target
from ngbw.topology.errors import UsageError

HERE = Target("127.0.0.1", "here")


class Server:
    """Answers each question by what its first label says."""

    def __enter__(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.settimeout(5)
        self.port = self.sock.getsockname()[1]
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        return self

    def run(self):
        while True:
            data, peer = self.sock.recvfrom(4096)
            if data == b"stop":
                return
            question = dns.message.from_wire(data)
            reply = dns.message.make_response(question)
            asked = question.question[0]
            what = asked.name.labels[0]
            if what == b"good":
                reply.answer.append(
                    dns.rrset.from_text(asked.name, 60, "IN", "AAAA", "2001:db8::1", "2001:db8::2")
                )
            elif what == b"many":
                reply.answer.append(
                    dns.rrset.from_text(
                        asked.name, 60, "IN", "AAAA", *(f"2001:db8::{k:x}" for k in range(1, 40))
                    )
                )
            elif what == b"none":
                reply.set_rcode(dns.rcode.NXDOMAIN)
            elif what == b"fails":
                reply.set_rcode(dns.rcode.SERVFAIL)
            elif what == b"silent":
                continue
            wire = reply.to_wire(max_size=4096)
            self.sock.sendto(wire[:9] if what == b"broken" else wire, peer)

    def __exit__(self, *_):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"stop", ("127.0.0.1", self.port))
        self.thread.join()
        self.sock.close()


@pytest.fixture
def ask():
    with Server() as server:
        yield lambda name: ask_name_server(HERE, name, "AAAA", timeout_s=1.0, port=server.port)


def test_answers_are_told_from_refusals_and_silence(ask):
    good, none, fails, silent = (
        ask(f"{what}.example.") for what in ("good", "none", "fails", "silent")
    )
    assert (good.rcode, good.records, good.resolved) == (
        "NOERROR",
        ("2001:db8::1", "2001:db8::2"),
        True,
    )
    assert (none.rcode, none.records, none.resolved) == ("NXDOMAIN", (), True)
    assert (fails.rcode, fails.resolved) == ("SERVFAIL", False)
    assert (silent.rcode, silent.rtt_ms, silent.reason) == (None, None, "no answer within 1 s")
    assert success_ratio([good, none, fails, silent]) == 0.5
    assert success_ratio([]) is None


def test_a_broken_answer_is_no_answer(ask):
    assert ask("broken.example.").rtt_ms is None


def test_a_flood_of_records_is_cut(ask):
    assert len(ask("many.example.").records) == 20


@pytest.mark.parametrize("name", ["a" * 64 + ".example", "..", "\ud800.example"])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(UsageError, match="cannot be asked"):
        ask_name_server(HERE, name)
