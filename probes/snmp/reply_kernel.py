"""Replies read by machine code: names checked, rows found, nothing copied.

A reply to GETNEXT or GETBULK is a list of bindings, row after row of the columns that were asked
for. :func:`find_rows` goes through it once and writes down, for every binding that belongs to its
column, where its name and value lie. It is the fast twin of :func:`.reading.read_plainly` and
follows the same rules; :mod:`.ber` says them.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from ...topology.compiled import compiled

__all__ = [
    "BROKEN",
    "DISORDER",
    "ENDED",
    "FIELDS",
    "NO_REPLY",
    "OPEN",
    "READ",
    "find_head",
    "find_parts",
    "find_rows",
    "find_unit",
    "sort_rows",
]

READ, BROKEN, DISORDER, NO_REPLY = 0, 1, 2, 3
"""How reading went: to the end, up to octets that are no BER, up to a name out of order, or no
message of SNMP v1 or v2c at all."""

OPEN, ENDED = 0, 1
"""Whether a column goes on."""

FIELDS = 6
"""What is written of a row: column, begin and end of its name, tag, begin and end of its value."""

_END = -1  # of a part that is broken


@compiled
def _part(octets: NDArray[Any], at: int, end: int) -> tuple[int, int]:
    """Return begin and end of the content of the part at ``at``; ``_END`` when it is broken."""
    if at + 2 > end or octets[at] & 0x1F == 0x1F:
        return _END, _END
    length = int(octets[at + 1])
    at += 2
    if length >= 0x80:
        size = length & 0x7F
        if size == 0 or size > 4 or at + size > end:
            return _END, _END
        length = 0
        for i in range(size):
            length = length << 8 | int(octets[at + i])
        at += size
    if at + length > end:
        return _END, _END
    return at, at + length


@compiled
def _signed(octets: NDArray[Any], begin: int, end: int) -> int:
    value = -1 if octets[begin] >= 0x80 else 0
    for i in range(begin, end):
        value = value << 8 | int(octets[i])
    return value


@compiled
def find_head(octets: NDArray[Any], begin: int, end: int, head: NDArray[Any]) -> int:
    """Read what stands before the bindings of a v1 or v2c message.

    ``head`` takes version, begin and end of the community, tag of the unit, request id, error
    status, error index, begin and end of the list of bindings, and how many octets follow the
    message. Returns ``READ``; ``BROKEN`` when the request id could be read and something after
    it could not; else ``NO_REPLY``.
    """
    if end - begin < 2 or octets[begin] != 0x30:
        return NO_REPLY
    at, whole = _part(octets, begin, end)
    broken = False
    if at == _END:
        # The length lies, or the datagram was cut off: the head may still say whose it is.
        broken = True
        size = int(octets[begin + 1])
        at = begin + 2 + (size & 0x7F if size > 0x80 else 0)
        whole = end
    head[9] = end - whole
    start, stop = _part(octets, at, whole)
    if start == _END or octets[at] != 0x02 or not 1 <= stop - start <= 8:
        return NO_REPLY
    head[0] = _signed(octets, start, stop)
    if head[0] != 0 and head[0] != 1:
        return NO_REPLY
    at = stop
    start, stop = _part(octets, at, whole)
    if start == _END or octets[at] != 0x04:
        return NO_REPLY
    head[1], head[2] = start, stop
    at = stop
    if at + 2 > whole:
        return NO_REPLY
    head[3] = octets[at]
    start, unit = _part(octets, at, whole)
    if start == _END:
        broken = True
        size = int(octets[at + 1])
        start = at + 2 + (size & 0x7F if size > 0x80 else 0)
        unit = whole
    at = start
    for field in range(4, 7):
        start, stop = _part(octets, at, unit)
        if start == _END or octets[at] != 0x02 or not 1 <= stop - start <= 8:
            return BROKEN if field > 4 else NO_REPLY
        head[field] = _signed(octets, start, stop)
        at = stop
    if broken or unit != whole:
        return BROKEN
    start, stop = _part(octets, at, unit)
    if start == _END or octets[at] != 0x30 or stop != unit:
        return BROKEN
    head[7], head[8] = start, stop
    return READ


@compiled
def _number(octets: NDArray[Any], at: int, end: int, longest: int) -> tuple[int, int]:
    """Return the INTEGER at ``at`` and where it ends; ``_END`` when it is none."""
    begin, stop = _part(octets, at, end)
    if begin == _END or octets[at] != 0x02 or not 1 <= stop - begin <= longest:
        return 0, _END
    return _signed(octets, begin, stop), stop


@compiled
def _string(octets: NDArray[Any], at: int, end: int) -> tuple[int, int]:
    """Return begin and end of the OCTET STRING at ``at``; ``_END`` when it is none."""
    begin, stop = _part(octets, at, end)
    if begin == _END or octets[at] != 0x04:
        return _END, _END
    return begin, stop


@compiled
def find_parts(octets: NDArray[Any], parts: NDArray[Any]) -> bool:
    """Find the parts of a message of SNMPv3; False when it is none of the user-based model.

    ``parts`` takes message id, flags, boots, time, begin and end of the engine's id, of user,
    digest and salt, and of the scoped unit: of its content where it is sealed, else of all of it.
    """
    at, end = _part(octets, 0, len(octets))
    if at == _END or octets[0] != 0x30:
        return False
    version, at = _number(octets, at, end, 5)
    if at == _END or version != 3:
        return False
    inner, at = _part(octets, at, end)
    if inner == _END:
        return False
    parts[0], inner = _number(octets, inner, at, 5)
    if inner == _END:
        return False
    _, inner = _number(octets, inner, at, 5)
    if inner == _END:
        return False
    begin, inner = _string(octets, inner, at)
    if begin == _END or inner - begin != 1:
        return False
    parts[1] = octets[begin]
    model, inner = _number(octets, inner, at, 5)
    if inner == _END or model != 3:
        return False
    begin, at = _string(octets, at, end)
    if begin == _END:
        return False
    inner, last = _part(octets, begin, at)
    if inner == _END:
        return False
    parts[4], parts[5] = _string(octets, inner, last)
    if parts[4] == _END:
        return False
    inner = parts[5]
    for field in range(2, 4):
        parts[field], inner = _number(octets, inner, last, 5)
        if inner == _END or not 0 <= parts[field] < 2**31:
            return False
    for field in range(6, 12, 2):
        parts[field], parts[field + 1] = _string(octets, inner, last)
        if parts[field] == _END:
            return False
        inner = parts[field + 1]
    begin, stop = _part(octets, at, end)
    if begin == _END:
        return False
    parts[12], parts[13] = begin if octets[at] == 0x04 else at, stop
    return True


@compiled
def find_unit(octets: NDArray[Any], unit: NDArray[Any]) -> bool:
    """Find the unit in a scoped unit, octets behind which are padding; False when it is broken.

    ``unit`` takes begin and end of the unit, its tag, request id, error status and error index,
    and begin and end of its list of bindings.
    """
    at, end = _part(octets, 0, len(octets))
    if at == _END or octets[0] != 0x30:
        return False
    for _ in range(2):  # engine and context
        begin, at = _string(octets, at, end)
        if begin == _END:
            return False
    inner, stop = _part(octets, at, end)
    if inner == _END:
        return False
    unit[0], unit[1], unit[2] = at, stop, octets[at]
    for field in range(3, 6):
        unit[field], inner = _number(octets, inner, stop, 8)
        if inner == _END:
            return False
    unit[6], unit[7] = _part(octets, inner, stop)
    return bool(unit[6] != _END and octets[inner] == 0x30 and unit[7] == stop)


@compiled
def _is_name(octets: NDArray[Any], begin: int, end: int) -> bool:
    """Tell whether octets are the content of an identifier."""
    number, numbers, begun = 0, 0, False
    for i in range(begin, end):
        octet = int(octets[i])
        if not begun and octet == 0x80:
            return False
        number = number << 7 | octet & 0x7F
        begun = octet >= 0x80
        if number >= 2**32 + (80 if numbers == 0 else 0):
            return False
        if not begun:
            numbers += 2 if numbers == 0 else 1
            number = 0
    return not begun and numbers <= 128


@compiled
def _is_value(octets: NDArray[Any], tag: int, begin: int, end: int) -> bool:
    """Tell whether octets can be a value of the tag."""
    size = end - begin
    if tag == 0x02:
        return 1 <= size <= 8
    if tag == 0x41 or tag == 0x42 or tag == 0x43 or tag == 0x46:
        width = 8 if tag == 0x46 else 4
        if size < 1 or size > 9:
            return False
        for i in range(begin, end - width):  # noqa: SIM110  (numba compiles no all())
            if octets[i] != 0:
                return False
        return True
    if tag == 0x04 or tag == 0x40 or tag == 0x44:
        return True
    if tag == 0x05 or 0x80 <= tag <= 0x82:
        return size == 0
    return tag == 0x06 and _is_name(octets, begin, end)


@compiled
def _is_greater(
    octets: NDArray[Any], begin: int, end: int, other: NDArray[Any], start: int, stop: int
) -> bool:
    """Tell whether the first of two identifiers comes after the second.

    Numbers are written without needless octets, so of two numbers the longer is the greater, and
    of two of one length the first differing octet decides.
    """
    size = min(end - begin, stop - start)
    head = 0
    for i in range(size):
        a, b = octets[begin + i], other[start + i]
        if a != b:
            mine, theirs = i, i
            while begin + mine < end and octets[begin + mine] >= 0x80:
                mine += 1
            while start + theirs < stop and other[start + theirs] >= 0x80:
                theirs += 1
            return mine > theirs if mine != theirs else a > b
        if a < 0x80:
            head = i + 1
    return end - begin > stop - start and head == size


@compiled
def find_rows(
    octets: NDArray[Any],
    begin: int,
    end: int,
    scalars: int,
    asked: NDArray[Any],
    bounds: NDArray[Any],
    rows: NDArray[Any],
    state: NDArray[Any],
    told: NDArray[Any],
) -> int:
    """Find the rows of a reply.

    Parameters
    ----------
    octets, begin, end
        Where the bindings lie.
    scalars
        So many of the first bindings come once; the others come row after row.
    asked, bounds
        Root and present position of each column, one after the other, and the places where each
        of them ends, with a 0 before the first.
    rows
        Takes :data:`FIELDS` of every row, uint16; has room for every seven octets.
    state
        Takes three figures a column: whether it goes on, and begin and end of its last name in
        ``octets`` (0, 0: none).
    told
        Takes the number of rows, of bindings, of values that break their type, and of bindings
        up to the last row.

    Returns
    -------
    int
        ``READ``, ``BROKEN`` or ``DISORDER``; what came before counts in all three.
    """
    columns = len(state)
    repeated = columns - scalars
    found, seen, bad, depth = 0, 0, 0, 0
    result = READ
    at = begin
    while at < end:
        start, stop = _part(octets, at, end)
        if start == _END or octets[at] != 0x30:
            result = BROKEN
            break
        name, name_end = _part(octets, start, stop)
        if name == _END or octets[start] != 0x06 or not _is_name(octets, name, name_end):
            result = BROKEN
            break
        value, value_end = _part(octets, name_end, stop)
        if value == _END or value_end != stop:
            result = BROKEN
            break
        tag = int(octets[name_end])
        at = stop
        column = seen
        if seen >= scalars:
            if repeated == 0:
                break  # more than was asked for
            column = scalars + (seen - scalars) % repeated
        seen += 1
        if state[column, 0] != OPEN:
            continue
        root, root_end = bounds[2 * column], bounds[2 * column + 1]
        length = root_end - root
        inside = name_end - name >= length
        if inside:
            for i in range(length):
                if octets[name + i] != asked[root + i]:
                    inside = False
                    break
        if not inside or 0x80 <= tag <= 0x82:
            state[column, 0] = ENDED
            continue
        if column >= scalars:
            if state[column, 2] > 0:
                ordered = _is_greater(
                    octets, name, name_end, octets, state[column, 1], state[column, 2]
                )
            else:
                ordered = _is_greater(
                    octets, name, name_end, asked, root_end, bounds[2 * column + 2]
                )
            if not ordered:
                result = DISORDER
                seen -= 1
                break
        state[column, 1], state[column, 2] = name, name_end
        if not _is_value(octets, tag, value, value_end):
            bad += 1
            continue
        rows[found, 0] = column
        rows[found, 1], rows[found, 2] = name, name_end
        rows[found, 3] = tag
        rows[found, 4], rows[found, 5] = value, value_end
        found += 1
        depth = seen
    told[0], told[1], told[2], told[3] = found, seen, bad, depth
    return result


@compiled
def sort_rows(
    octets: NDArray[Any],
    places: NDArray[Any],
    parts: NDArray[Any],
    roots: NDArray[Any],
    skips: NDArray[Any],
    begins: NDArray[Any],
    kinds: NDArray[Any],
    figures: NDArray[Any],
) -> None:
    """Sort the rows of many replies by column, and read their indices and numbers.

    Parameters
    ----------
    octets, places
        Replies and the places of their rows, each one after the other.
    parts
        For each reply where its rows end, where its octets begin, and where its columns begin in
        ``roots``.
    roots, skips
        Number of each column's root; octets of each root.
    begins
        Takes where the rows of each root begin, one entry more than there are roots.
    kinds
        Takes for each root the tag that all its values have, 0 where they differ, and whether
        every index is a single number.
    figures
        Takes of each row: index (-1 when it is not one number), begin and end of the index, tag,
        value as two's complement of 64 bits (0 where it is no number), begin and end of the value.
    """
    begins[:] = 0
    row = 0
    for part in range(len(parts)):
        while row < parts[part, 0]:
            begins[roots[parts[part, 2] + places[row, 0]] + 1] += 1
            row += 1
    for root in range(len(skips)):
        begins[root + 1] += begins[root]
        kinds[root, 0], kinds[root, 1] = -1, 1
    filled = begins.copy()
    row = 0
    for part in range(len(parts)):
        base = parts[part, 1]
        while row < parts[part, 0]:
            root = roots[parts[part, 2] + places[row, 0]]
            at = filled[root]
            filled[root] += 1
            begin, end = base + int(places[row, 1]) + skips[root], base + int(places[row, 2])
            index = 0
            for i in range(begin, end):
                index = index << 7 | (int(octets[i]) & 0x7F)
                if octets[i] < 0x80 and i + 1 < end:
                    index = -1
                    break
            if begin == end:
                index = -1
            if index < 0:
                kinds[root, 1] = 0
            tag = int(places[row, 3])
            if kinds[root, 0] == -1:
                kinds[root, 0] = tag
            elif kinds[root, 0] != tag:
                kinds[root, 0] = 0
            start, stop = base + int(places[row, 4]), base + int(places[row, 5])
            value = 0
            if tag == 0x02 or 0x41 <= tag <= 0x43 or tag == 0x46:
                value = -1 if tag == 0x02 and octets[start] >= 0x80 else 0
                for i in range(start, stop):
                    value = value << 8 | int(octets[i])
            figures[0, at], figures[1, at], figures[2, at] = index, begin, end
            figures[3, at], figures[4, at] = tag, value
            figures[5, at], figures[6, at] = start, stop
            row += 1
