"""Which check each form of the rig can prove, as a table: ``python -m ngbw.tests.ipv6.rig.proofs``.

The forms: namespaces as root, namespaces of an ordinary user, and servers on ::1 alone.
"""

from __future__ import annotations

from ngbw.ipv6.catalogue import checks

BOTH = ("root", "user")
ALL = (*BOTH, "::1")

PROOFS: dict[str, tuple[tuple[str, ...], str]] = {
    "V1": (BOTH, "the client's address"), "V2": (BOTH, "good, dead"), "V3": (BOTH, "good"),
    "V4": (BOTH, "good, v4only, the DNS64 resolver"), "V5": (BOTH, "the narrow link"),
    "S1": (BOTH, "v4only, mapped, ula, linklocal, sixtofour, teredo"),
    "S2": (BOTH, "ns4, onens"), "S3": (BOTH, "bad-ipv6-ns, lame, silent, notcp"),
    "S4": (BOTH, "noglue, ns4"), "S5": (BOTH, "big, notcp"), "S6": (ALL, "refused, dead, half"),
    "S7": (BOTH, "badname"), "S8": (ALL, "to-v4only, to-inside"), "S9": (ALL, "diff, busy"),
    "S10": (ALL, "slow"), "S11": (BOTH, "blackhole; on ::1 only that a stall has no known cause"),
    "S12": (ALL, "good"), "S13": (BOTH, "parts"), "S14": (ALL, "good"), "S15": (BOTH, "dead"),
    "S16": (BOTH, "mail, mail4"), "S17": (BOTH, "mail"), "S18": ((), "no QUIC server"),
    "S19": (BOTH, "dead"),
    "D1": (BOTH, "r1's agent"), "D2": (BOTH, "r1's agent"), "D3": (BOTH, "r1's agent"),
    "D4": (BOTH, "r1's agent"), "D5": (BOTH, "r1's agent"), "D6": ((), "no routing protocol"),
    "D7": (BOTH, "r1's agent"), "D8": ((), "net-snmp has no such object"),
    "D9": (BOTH, "r1's agent"), "D10": (BOTH, "r1's agent: refused, no-v4-row"),
    "D11": (BOTH, "r1's agent"), "D12": (BOTH, "r1's agent"), "D13": ((), "a statement"),
    "D14": (BOTH, "r1's agent"),
    "L1": (BOTH, "radvd"), "L2": (BOTH, "radvd, the resolver"), "L3": (BOTH, "radvd"),
    "L4": (BOTH, "radvd"), "L5": (BOTH, "PREF64 beside radvd"), "L6": (BOTH, "kea"),
    "L7": (BOTH, "r1"), "L8": (BOTH, "r1, where no snooping is"), "L9": (BOTH, "the client"),
    "L10": (BOTH, "good, diff"), "L11": (BOTH, "good, dead"), "L12": (BOTH, "good"),
    "L13": (BOTH, "radvd"), "L14": (BOTH, "good, refused, r2's filter"),
}  # fmt: skip
"""Check to the forms that can prove it, and by what."""


def table() -> str:
    """Return the document."""
    lines = [
        "# The IPv6 rig",
        "",
        (
            "`tests/ipv6/rig/` builds five hosts with their routers and daemons in namespaces, in about "
            "two seconds, for whatever test asks for the fixture `rig`; nothing of it outlives the test "
            "run. Debian's packages: `iproute2 nftables radvd nsd unbound nginx-light kea-dhcp6-server "
            "tayga snmpd` (`.ci/run` installs them so that none starts by itself)."
        ),
        "",
        (
            "`root` and `user` are namespaces of root and of an ordinary user; `::1` is the fixture "
            "`loopback_sites`, which needs nothing."
        ),
        "",
        "| check | root | user | ::1 | by |",
        "|---|---|---|---|---|",
    ]
    for name, (forms, by) in PROOFS.items():
        marks = " | ".join("yes" if form in forms else "-" for form in ALL)
        lines.append(f"| {name} | {marks} | {by} |")
    return "\n".join(lines) + "\n"


def missing() -> set[str]:
    """Return checks of the catalogue that the table does not name."""
    return set(checks()) - set(PROOFS)


if __name__ == "__main__":
    print(table(), end="")
