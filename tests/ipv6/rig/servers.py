"""Servers of the rig that no daemon is bad enough for: slow, dripping, and a mailbox.

Run as a program with the standard library alone: ``servers.py CERTIFICATE KEY``.
"""

from __future__ import annotations

import asyncio
import ssl
import sys

_PAGE = b"<!doctype html><title>Rig</title><p>A page of the rig.</p>" + b"<p>words</p>" * 40


def _reply(body: bytes) -> bytes:
    head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def _question(reader: asyncio.StreamReader) -> None:
    await reader.readuntil(b"\r\n\r\n")


async def _at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _question(reader)
    writer.write(_reply(_PAGE))
    await writer.drain()


async def _slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _question(reader)
    await asyncio.sleep(0.2)
    writer.write(_reply(_PAGE))
    await writer.drain()


async def _drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _question(reader)
    for byte in _reply(_PAGE):
        writer.write(bytes((byte,)))
        await writer.drain()
        await asyncio.sleep(1.0)


async def _mailbox(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.test ESMTP\r\n")
    while line := await reader.readline():
        verb = line[:4].upper()
        if verb == b"QUIT":
            writer.write(b"221 bye\r\n")
            return
        writer.write(b"250 mail.test\r\n" if verb in (b"EHLO", b"HELO", b"NOOP") else b"502 no\r\n")
        await writer.drain()


def _polite(talk):
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    return handle


async def _serve(certificate: str, key: str) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    places = [("203.0.113.25", _mailbox), ("2001:db8:3::25", _mailbox)]
    for address, talk in places:
        await asyncio.start_server(_polite(talk), address, 25)
    for last, talk in ((86, _slow), (87, _drip)):
        for address, how in ((f"203.0.113.{last}", _at_once), (f"2001:db8:3::{last}", talk)):
            await asyncio.start_server(_polite(how), address, 80)
            await asyncio.start_server(_polite(how), address, 443, ssl=tls)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], sys.argv[2]))
