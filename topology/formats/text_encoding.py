"""Finds out in which encoding a text file is, and what a file that is no text really is.

Files come from Excel (UTF-8 with BOM, or GBK), WPS, QGIS and old scripts. UTF-8 is tried first:
GBK text is almost never valid UTF-8 by chance, while nearly every UTF-8 text decodes as GB18030
without an error and as nonsense. GB18030 holds GB2312 and GBK.
"""

from __future__ import annotations

import codecs
import re

from ..errors import FileError

__all__ = ["decode_text", "foreign_content", "whole_characters"]

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a ZIP archive (an XLSX or KMZ file has this form)"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word file, or one with a password"),
    (b"SQLite format 3\0", "an SQLite database (a GeoPackage has this form)"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\0", "a TIFF raster"),
    (b"MM\0*", "a TIFF raster"),
    (b"II+\0", "a TIFF raster"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\0\0\x27\x0a", "part of a Shapefile"),
)

_UTF16 = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1f]")


def foreign_content(head: bytes) -> str | None:
    """Say what a file is that begins like this, when that is not text; None when it may be."""
    for signature, what in _SIGNATURES:
        # "MZ" begins words too; a program has a NUL soon after it
        if head.startswith(signature) and (len(signature) > 2 or b"\0" in head[:64]):
            return what
    return None


def decode_text(data: bytes, name: str, wanted: str) -> tuple[str, str]:
    """Return the text without its byte order mark, and the name of the encoding.

    Parameters
    ----------
    name
        The file, for the message.
    wanted
        What the file should be ("CSV"), for the message.

    Raises
    ------
    FileError
        The content is binary, or in no encoding that is tried: UTF-8, GB18030, UTF-16 with a byte
        order mark.
    """
    what = foreign_content(data[:512])
    if what is not None:
        raise FileError(
            f"{name} is {what}, not {wanted}; give it the right ending or export it as {wanted}"
        )
    for mark, encoding in _UTF16:
        if data.startswith(mark):
            try:
                text = data[2:].decode(encoding)
            except UnicodeDecodeError:
                break
            if "\0" not in text:
                return text, encoding
            break
    if b"\0" in data:
        raise FileError(f"{name} is a binary file, not {wanted}; export it as {wanted} first")
    if data.startswith(codecs.BOM_UTF8):
        try:
            return data[3:].decode("utf-8"), "utf-8-sig"
        except UnicodeDecodeError as error:
            raise FileError(
                f"{name} says it is UTF-8 but byte {error.start + 3} is not; save it again as UTF-8"
            ) from None
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        text = ""
    # Legacy text has no control characters; binary content that decodes by chance does.
    if not text or _CONTROL.search(text):
        raise FileError(f"{name} is neither UTF-8 nor GB18030 text; save it as {wanted} in UTF-8")
    return text, "gb18030"


def whole_characters(text: str) -> str:
    """Return the text with lone halves of surrogate pairs replaced by U+FFFD.

    JSON and XLSX can spell such halves out; nothing that encodes text can take them.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
