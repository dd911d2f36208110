"""A store of each kind; the PostgreSQL server is the tests' own and dies with them."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

import pytest

from ngbw.probes.store import Store, open_store
from ngbw.tests.conftest import need

_schemas = itertools.count(1)


def _binaries():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        need("no PostgreSQL server; install it with: apt-get install -y postgresql")
        raise AssertionError
    return Path(on_path).parent


def _somebody():
    """Return who runs the server: not root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return {}, pwd.getpwuid(os.geteuid()).pw_name
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}, name
    need("no user besides root to run PostgreSQL as")
    raise AssertionError


@pytest.fixture(scope="session")
def postgres_server():
    """Yield the URL of a PostgreSQL cluster on a socket of its own."""
    pytest.importorskip("psycopg", reason="needs the extra [postgres]")
    bin_directory = _binaries()
    identity, name = _somebody()
    # pytest's own directory is closed to other users.
    home = Path(tempfile.mkdtemp(prefix="ngbw-pg-"))
    if identity:
        os.chown(home, identity["user"], identity["group"])

    def run(*command, **more):
        subprocess.run(command, check=True, cwd=home, stdout=subprocess.DEVNULL, **identity, **more)

    run(bin_directory / "initdb", "-D", home / "data", "-A", "trust", "-U", name, "-N",
        "--locale=C", "-E", "UTF8", stderr=subprocess.PIPE)  # fmt: skip
    options = f"-F -c listen_addresses='' -c unix_socket_directories='{home}'"
    control = (bin_directory / "pg_ctl", "-D", home / "data", "-w")
    run(*control, "-o", options, "-l", home / "log", "start")
    yield f"postgresql:///postgres?host={quote(str(home))}&user={name}"
    run(*control, "-m", "immediate", "stop")
    shutil.rmtree(home)


@pytest.fixture
def postgres_url(postgres_server):
    """Return the URL of an empty schema."""
    import psycopg

    schema = f"t{next(_schemas)}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
    return f"{postgres_server}&options={quote(f'-csearch_path={schema}')}"


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, tmp_path):
    """Return where a store can be made, on each engine."""
    if request.param == "sqlite":
        return tmp_path / "store"
    if sys.platform == "win32":
        pytest.skip("the tests start PostgreSQL on a Unix socket")
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def store(place):
    """Yield an open store."""
    opened: Store = open_store(place)
    yield opened
    opened.close()
