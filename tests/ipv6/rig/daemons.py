"""What runs in the rig: the configuration of every daemon, and the order of building."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from .addresses import (
    BLACK_HOLE,
    BLACK_HOLE_V4,
    CHILDREN,
    DEAD,
    DELEGATED_POOL,
    DNS64_RESOLVER,
    LAME,
    LAN,
    NARROW_MTU,
    NAT64_PREFIX,
    NO_TCP,
    RESOLVER,
    RESOLVER_V4,
    ROOTS,
    SERVERS,
    SERVERS_V4,
    SITES,
    TOP,
)
from .authority import Authority
from .zones import child_zones, hints, root_zone, top_zone

ROOM = "/run/rig"
"""Where the rig keeps its files: on a tmpfs that only it sees."""

_LAST = sorted({*ROOTS, *TOP, *CHILDREN, LAME, NO_TCP, 25, *range(80, 92)})
_QUIET = "ipv6.icmp.ratelimit ipv4.icmp_ratelimit"


def _setting(name: str, value: int) -> str:
    return f"echo {value} > /proc/sys/net/{name.replace('.', '/')}\n"


def _before(*, router: bool) -> str:
    """Return settings that must stand before an interface comes."""
    text = "ip link set lo up\n" + _setting("ipv6.conf.default.accept_dad", 0)
    text += _setting("ipv6.conf.default.router_solicitation_delay", 0)
    text += _setting("ipv6.conf.default.router_solicitation_interval", 1)
    for name in _QUIET.split():
        # A namespace other than the first may not have this one; routers then answer more slowly.
        text += f"[ ! -w /proc/sys/net/{name.replace('.', '/')} ] || {_setting(name, 0)}"
    if router:
        text += _setting("ipv6.conf.all.forwarding", 1) + _setting("ipv4.ip_forward", 1)
    return text


def _batch(*lines: str) -> str:
    return "ip -batch - <<'END'\n" + "\n".join(lines) + "\nEND\n"


def _addresses(device: str, *addresses: str) -> list[str]:
    return [
        f"addr add {address} dev {device}{' nodad' if ':' in address else ''}"
        for address in addresses
    ]


def _scripts() -> dict[str, str]:
    """Return what is done in each namespace once all interfaces are there."""
    over_v6 = [f"{SERVERS}{last}/64" for last in _LAST]
    over_v4 = [f"{SERVERS_V4}{last}/25" for last in _LAST]
    return {
        "cli": _batch(
            "addr add 192.0.2.2/24 dev c0",
            "link set c0 up",
            "route add default via 192.0.2.1",
        ),
        "r1": _batch(
            *_addresses("lan0", "192.0.2.1/24", f"{RESOLVER}/64", f"{DNS64_RESOLVER}/64"),
            *_addresses("up0", "198.51.100.1/25", "2001:db8:2::1/64"),
            f"link set up0 mtu {NARROW_MTU}",
            "link set lan0 up",
            "link set up0 up",
            "route add default via 198.51.100.2",
            "route add default via 2001:db8:2::2",
        ),
        "r2": _batch(
            *_addresses("down0", "198.51.100.2/25", "2001:db8:2::2/64"),
            *_addresses("srv0", "203.0.113.1/25", f"{SERVERS}1/64"),
            *_addresses("bh0", "203.0.113.129/25", "2001:db8:4::1/64"),
            f"link set down0 mtu {NARROW_MTU}",
            "link set down0 up",
            "link set srv0 up",
            "link set bh0 up",
            "route add default via 198.51.100.1",
            "route add default via 2001:db8:2::1",
        )
        + f"nft -f {ROOM}/rules.nft\n",
        "srv": _batch(
            *_addresses("s0", *over_v4, *over_v6),
            "link set s0 up",
            "route add default via 203.0.113.1",
            f"route add default via {SERVERS}1",
        ),
        "bh": _batch(
            *_addresses("b0", f"{BLACK_HOLE_V4}/25", f"{BLACK_HOLE}/64"),
            "link set b0 up",
            "route add default via 203.0.113.129",
            "route add default via 2001:db8:4::1",
        ),
    }


def _rules() -> str:
    dead = "\n".join(f"    ip6 daddr {SERVERS}{last} counter drop" for last in DEAD)
    return f"""table ip6 rig {{
  chain away {{
    type filter hook output priority 0; policy accept;
    ip6 daddr {BLACK_HOLE} icmpv6 type packet-too-big counter drop
  }}
  chain through {{
    type filter hook forward priority 0; policy accept;
{dead}
    ip6 daddr {SERVERS}82 dst nexthdr >= 0 counter drop
    ip6 daddr {SERVERS}{NO_TCP} tcp dport 53 counter drop
  }}
}}
"""


def _radvd() -> str:
    return f"""interface lan0 {{
  AdvSendAdvert on;
  MinRtrAdvInterval 3;
  MaxRtrAdvInterval 4;
  AdvDefaultLifetime 1800;
  AdvManagedFlag on;
  AdvOtherConfigFlag on;
  AdvLinkMTU 1500;
  prefix {LAN}/64 {{
    AdvOnLink on;
    AdvAutonomous on;
    AdvValidLifetime 5400;
    AdvPreferredLifetime 2700;
  }};
  RDNSS {RESOLVER} {{ AdvRDNSSLifetime 1800; }};
  DNSSL lan.test {{ AdvDNSSLLifetime 1800; }};
}};
"""


def _nsd(name: str, lasts: tuple[int, ...], zones: list[str]) -> str:
    listen = "".join(
        f"  ip-address: {start}{last}\n" for last in lasts for start in (SERVERS_V4, SERVERS)
    )
    text = f"""server:
{listen}  username: ""
  chroot: ""
  zonesdir: "{ROOM}"
  database: ""
  zonelistfile: "{ROOM}/{name}.list"
  xfrdfile: "{ROOM}/{name}.xfrd"
  xfrdir: "{ROOM}"
  pidfile: ""
  logfile: "{ROOM}/{name}.log"
  server-count: 1
  ipv6-edns-size: 1232
  ipv4-edns-size: 1232
remote-control:
  control-enable: no
"""
    return text + "".join(f'zone:\n  name: "{z}"\n  zonefile: "zone.{z}"\n' for z in zones)


def _unbound(address: str, *more: str, modules: str, extra: str = "") -> str:
    opened = "".join(
        f'  local-zone: "{name}" nodefault\n'
        for name in ("test.", "8.b.d.0.1.0.0.2.ip6.arpa.", "113.0.203.in-addr.arpa.")
    )
    listen = "".join(f"  interface: {one}\n" for one in (address, *more))
    return f"""server:
{listen}  access-control: ::/0 allow
  access-control: 0.0.0.0/0 allow
  username: ""
  chroot: ""
  directory: "{ROOM}"
  pidfile: ""
  use-syslog: no
  logfile: "{ROOM}/unbound.{address.replace(":", "-")}.log"
  do-daemonize: no
  num-threads: 1
  root-hints: "{ROOM}/hints"
  module-config: "{modules}"
  outgoing-range: 128
{opened}{extra}remote-control:
  control-enable: no
"""


def _kea() -> str:
    prefix, _, bits = DELEGATED_POOL.partition("/")
    subnet = {
        "id": 1,
        "subnet": f"{LAN}/64",
        "interface": "lan0",
        "rapid-commit": False,
        "pools": [{"pool": f"{LAN}d:0 - {LAN}d:ffff"}],
        "pd-pools": [{"prefix": prefix, "prefix-len": int(bits), "delegated-len": 56}],
    }
    whole = {
        "interfaces-config": {"interfaces": ["lan0"]},
        "lease-database": {"type": "memfile", "persist": False},
        "server-id": {"type": "LL", "persist": False},
        "preferred-lifetime": 2700,
        "valid-lifetime": 5400,
        "option-data": [
            {"name": "dns-servers", "data": RESOLVER},
            {"name": "domain-search", "data": "lan.test"},
        ],
        "subnet6": [subnet],
        "loggers": [
            {"name": "kea-dhcp6", "output_options": [{"output": f"{ROOM}/kea.log"}], "severity": "WARN"}
        ],
    }  # fmt: skip
    return json.dumps({"Dhcp6": whole})


def _tayga() -> str:
    return f"""tun-device nat64
ipv4-addr 198.51.100.129
ipv6-addr 2001:db8:65::1
prefix {NAT64_PREFIX}
dynamic-pool 198.51.100.160/27
data-dir {ROOM}
"""


def _snmpd() -> str:
    return """rocommunity6 public default
rocommunity public default
sysName r1.test
sysLocation rig
master agentx
agentXSocket tcp:localhost:7705
"""


def _page(title: str) -> str:
    head = f'<!doctype html>\n<html lang="en"><head><title>{title}</title></head>\n<body>\n'
    links = '<p><a href="/second.html">second</a> <a href="http://v4only.test/">other</a></p>\n'
    body = f"<h1>{title}</h1>\n" + f"<p>The {title} page of the rig says this.</p>\n" * 8
    return f"{head}{body}{links}</body></html>\n"


def pages() -> dict[str, str]:
    """Return the documents of the web servers by their place."""
    other = "\n".join(f"<p>Nothing here resembles line {k * 7919}.</p>" for k in range(60))
    script = '<script src="http://v4only.test/part.js"></script>'
    return {
        "page/index.html": _page("parity"),
        "page/second.html": _page("second") + '<p><a href="/third.html">third</a></p>\n',
        "page/third.html": _page("third"),
        "page/part.js": "document.title += ' ';\n",
        "page/big.bin": "0123456789" * 10_000,
        "other/index.html": f"<!doctype html><title>Elsewhere</title>{other}\n",
        "other/big.bin": "9876543210" * 10_000,
        "parts/index.html": _page("parts").replace("</head>", f"{script}</head>"),
    }


def _listen(address: str) -> str:
    shown = f"[{address}]" if ":" in address else address
    return f"    listen {shown}:80;\n    listen {shown}:443 ssl;\n"


def _server(addresses: list[str], what: str, certificate: str = "rig") -> str:
    listen = "".join(_listen(address) for address in addresses)
    return f"""  server {{
{listen}    ssl_certificate {ROOM}/{certificate}.crt;
    ssl_certificate_key {ROOM}/{certificate}.key;
{what}
  }}
"""


def _root(folder: str) -> str:
    return f"    root {ROOM}/www/{folder};"


def _nginx(servers: str, name: str) -> str:
    return f"""user root root;
daemon off;
master_process off;
pid {ROOM}/{name}.pid;
error_log {ROOM}/{name}.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  default_type text/html;
  client_body_temp_path {ROOM}/{name}-1;
  proxy_temp_path {ROOM}/{name}-2;
  fastcgi_temp_path {ROOM}/{name}-3;
  uwsgi_temp_path {ROOM}/{name}-4;
  scgi_temp_path {ROOM}/{name}-5;
{servers}}}
"""


def _web_servers() -> str:
    text = ""
    for site in SITES:
        both = [*site.v4, *site.v6]
        if site.page == "page":
            text += _server(both, _root("page"))
        elif site.page == "v4":
            text += _server(list(site.v4), _root("page"))
        elif site.page == "other":
            text += _server(list(site.v4), _root("page")) + _server(list(site.v6), _root("other"))
        elif site.page == "parts":
            text += _server(both, _root("parts"))
        elif site.page == "badname":
            text += _server(list(site.v4), _root("page"))
            text += _server(list(site.v6), _root("page"), "elsewhere")
        elif site.page == "limited":
            text += _server(list(site.v4), _root("page"))
            text += _server(list(site.v6), "    return 429;")
        elif site.page.startswith("redirect:"):
            text += _server(both, f"    return 302 {site.page.removeprefix('redirect:')};")
    return text


def files(authority: Authority) -> dict[str, str]:
    """Return every file of the rig by its place in :data:`ROOM`."""
    here = Path(__file__).parent
    hosts = [site.host for site in SITES] + ["www.good.test", "xn--fiq228c.test"]
    rig, elsewhere = authority.issue(*hosts), authority.issue("elsewhere.test")
    children = child_zones()
    made = {
        "ca.pem": authority.pem,
        "rig.crt": rig.certificate,
        "rig.key": rig.key,
        "elsewhere.crt": elsewhere.certificate,
        "elsewhere.key": elsewhere.key,
        "hints": hints(),
        "zone..": root_zone(),
        "zone.test": "$ORIGIN test.\n" + top_zone(),
        "root.conf": _nsd("root", ROOTS, ["."]),
        "top.conf": _nsd("top", TOP, ["test"]),
        "children.conf": _nsd("children", (*CHILDREN, LAME, NO_TCP), list(children)),
        "resolver.conf": _unbound(RESOLVER, RESOLVER_V4, modules="iterator"),
        "dns64.conf": _unbound(
            DNS64_RESOLVER, modules="dns64 iterator", extra=f"  dns64-prefix: {NAT64_PREFIX}\n"
        ),
        "radvd.conf": _radvd(),
        "kea.json": _kea(),
        "tayga.conf": _tayga(),
        "snmpd.conf": _snmpd(),
        "rules.nft": _rules(),
        "resolv.conf": f"nameserver {RESOLVER}\noptions timeout:2 attempts:2\n",
        "web.conf": _nginx(_web_servers(), "web"),
        "hole.conf": _nginx(_server([BLACK_HOLE_V4, BLACK_HOLE], _root("page")), "hole"),
        "servers.py": (here / "servers.py").read_text("utf-8"),
        "pref64.py": (here / "pref64.py").read_text("utf-8"),
        **{f"zone.{name}": f"$ORIGIN {name}.\n{text}" for name, text in children.items()},
        **{f"www/{place}": text for place, text in pages().items()},
    }
    for name, script in _scripts().items():
        made[f"before.{name}.sh"] = "set -e\n" + _before(router=name in ("r1", "r2"))
        made[f"up.{name}.sh"] = "set -e\n" + script
    return made


def cables() -> list[list[str]]:
    """Return the commands that lay a cable between two namespaces each."""
    ends = (("cli", "c0", "r1", "lan0"), ("r1", "up0", "r2", "down0"),
            ("r2", "srv0", "srv", "s0"), ("r2", "bh0", "bh", "b0"))  # fmt: skip
    return [
        f"ip link add {a} netns v6-{one} type veth peer name {b} netns v6-{other}".split()
        for one, a, other, b in ends
    ]


def daemons() -> list[dict[str, object]]:
    """Return what is started: namespace, command, extra environment, and the ports it opens."""
    python = sys.executable
    kea = {"KEA_PIDFILE_DIR": ROOM, "KEA_LOCKFILE_DIR": "none", "KEA_LOGGER_DESTINATION": "stderr"}
    rows: list[tuple[str, str, dict[str, str], list[str]]] = [
        ("srv", f"nsd -d -c {ROOM}/root.conf", {}, []),
        ("srv", f"nsd -d -c {ROOM}/top.conf", {}, []),
        ("srv", f"nsd -d -c {ROOM}/children.conf", {}, []),
        ("srv", f"nginx -c {ROOM}/web.conf", {}, ["tcp6/80", "tcp6/443"]),
        ("srv", f"{python} -SE {ROOM}/servers.py {ROOM}/rig.crt {ROOM}/rig.key", {}, ["tcp6/25"]),
        ("bh", f"nginx -c {ROOM}/hole.conf", {}, ["tcp6/80"]),
        ("r1", f"unbound -p -d -c {ROOM}/resolver.conf", {}, ["udp6/53"]),
        ("r1", f"unbound -p -d -c {ROOM}/dns64.conf", {}, []),
        ("r1", f"radvd -n -C {ROOM}/radvd.conf -p {ROOM}/radvd.pid -m logfile -l {ROOM}/radvd.log", {}, []),
        ("r1", f"kea-dhcp6 -c {ROOM}/kea.json", kea, ["udp6/547"]),
        ("r1", f"snmpd -f -C -c {ROOM}/snmpd.conf -Lf {ROOM}/snmpd.log udp6:[{RESOLVER}]:161 udp:192.0.2.1:161",
         {"SNMP_PERSISTENT_DIR": ROOM, "MIBS": ""}, ["udp6/161"]),
        ("r1", f"{python} -SE {ROOM}/pref64.py lan0 {NAT64_PREFIX}", {}, []),
    ]  # fmt: skip
    return [
        {"namespace": name, "command": command.split(), "environment": more, "opens": opens}
        for name, command, more, opens in rows
    ]


PROGRAMS = ("ip", "nft", "nsenter", "unshare", "radvd", "nsd", "unbound", "nginx", "kea-dhcp6", "snmpd", "tayga")  # fmt: skip
"""Which must be installed (Debian: iproute2 nftables util-linux radvd nsd unbound nginx-light
kea-dhcp6-server snmpd tayga)."""
