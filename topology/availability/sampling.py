"""Monte-Carlo availability, 64 scenarios in every machine word: the check of the closed form.

A scenario is a state of all nodes, edges and risk groups. Bit k of a word is scenario k, so one
instruction joins a node to its neighbour in 64 scenarios at once. Rare failures are not drawn one
by one: the distance to an event's next failure is geometric, so chance costs as much as there are
failures. Random numbers come from a counter (seed, chunk, event, draw) through SplitMix64; the
same seed gives the same figures on any number of threads.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..compiled import compiled
from ..errors import InputError
from .failure_model import FailureModel

__all__ = ["SCENARIOS_A_CHUNK", "SampledUnavailability", "sample_unavailability"]

_WORDS = 32  # a row of a node or edge is 256 bytes: the rows of 1000 nodes stay in the cache
_BLOCKS = 16
SCENARIOS_A_CHUNK = 64 * _WORDS * _BLOCKS
"""Samples are taken in whole chunks of so many scenarios."""


@dataclass(frozen=True, slots=True, eq=False)
class SampledUnavailability:
    """What a Monte-Carlo run says of every node's connection.

    Attributes
    ----------
    value, standard_error
        Share of scenarios in which each node is cut off. With none of N the error is that of one
        in N, so it is never 0.
    lost_share, lost_share_error
        Mean share of the weight that is cut off; NaN where there is no weight.
    scenarios, seed
        How many were drawn, and from which seed.
    """

    value: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    lost_share: float
    lost_share_error: float
    scenarios: int
    seed: int


@compiled
def _mix(word: np.uint64) -> np.uint64:
    """Scramble a word (SplitMix64, Steele, Lea, Flood 2014)."""
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@compiled
def _gap(stream: np.uint64, draw: np.uint64, scale: float) -> float:
    """Return how many scenarios pass before the next failure."""
    word = _mix(stream + draw * np.uint64(0x9E3779B97F4A7C15))
    uniform = (np.float64(word >> np.uint64(11)) + 0.5) * (1.0 / 9007199254740992.0)
    return float(np.floor(np.log(uniform) * scale))


@compiled
def _ones(word: np.uint64) -> np.uint64:
    """Count the bits of a word that are set."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + (
        (word >> np.uint64(2)) & np.uint64(0x3333333333333333)
    )
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@compiled
def _chunk(
    offset: NDArray[np.int32],
    neighbour: NDArray[np.int32],
    half_edge: NDArray[np.int32],
    is_root: NDArray[np.bool_],
    order: NDArray[np.int32],
    weight: NDArray[np.float64],
    event: NDArray[np.int32],
    scale: NDArray[np.float64],
    group_offset: NDArray[np.int32],
    member: NDArray[np.int32],
    simple: int,
    blocks: int,
    words: int,
    seed: np.uint64,
    chunk: int,
    lost: NDArray[np.int64],
    sums: NDArray[np.float64],
) -> None:
    """Draw one chunk; add scenarios without service per node, and the lost weight and its square.

    ``event`` numbers nodes, edges, groups; ``scale`` is 1 / log(1 - q). ``order`` is breadth
    first from the roots and holds every node that they reach; ``simple`` counts nodes and edges.
    """
    nodes = offset.size - 1
    scenarios = 64 * words
    full = np.uint64(0xFFFFFFFFFFFFFFFF)
    down = np.zeros((simple, words), np.uint64)
    reach = np.zeros((nodes, words), np.uint64)
    fresh = np.empty(words, np.uint64)
    touched = np.empty(simple, np.int32)
    is_touched = np.zeros(simple, np.bool_)
    short = np.empty(nodes, np.int32)
    draw = np.zeros(event.size, np.uint64)
    stream = np.empty(event.size, np.uint64)
    after = np.empty(event.size)  # scenario of the next failure, counted from the block's first
    key = _mix(_mix(seed + np.uint64(0x9E3779B97F4A7C15)) + np.uint64(chunk))
    for k in range(event.size):
        stream[k] = _mix(key + np.uint64(event[k]) * np.uint64(0xD1342543DE82EF95))
        after[k] = _gap(stream[k], np.uint64(0), scale[k])
    for _ in range(blocks):
        count = 0
        for k in range(event.size):
            while after[k] < scenarios:
                at = int(after[k])
                word, bit = at >> 6, np.uint64(1) << np.uint64(at & 63)
                start, stop = 0, 1
                if event[k] >= simple:
                    start = group_offset[event[k] - simple]
                    stop = group_offset[event[k] - simple + 1]
                for m in range(start, stop):
                    hit = member[m] if event[k] >= simple else event[k]
                    down[hit, word] |= bit
                    if not is_touched[hit]:
                        is_touched[hit] = True
                        touched[count] = hit
                        count += 1
                draw[k] += np.uint64(1)
                after[k] += 1.0 + _gap(stream[k], draw[k], scale[k])
            after[k] -= scenarios

        reach[:] = np.uint64(0)
        missing = 0
        for k in range(order.size):
            v = order[k]
            fresh[:] = full if is_root[v] else np.uint64(0)
            if not is_root[v]:
                for half in range(offset[v], offset[v + 1]):
                    u, edge = neighbour[half], nodes + half_edge[half]
                    if is_touched[edge]:
                        for w in range(words):
                            fresh[w] |= reach[u, w] & ~down[edge, w]
                    else:
                        for w in range(words):
                            fresh[w] |= reach[u, w]
            lacking = np.uint64(0)
            for w in range(words):
                lacking |= ~(fresh[w] | down[v, w])
                reach[v, w] = fresh[w] & ~down[v, w]
            if lacking:
                short[missing] = v
                missing += 1
        # Only nodes that are up and were not reached can gain; sweep them back and forth.
        forward = False
        gained = missing > 0
        while gained:
            gained = False
            for k in range(missing):
                v = short[k] if forward else short[missing - 1 - k]
                for w in range(words):
                    fresh[w] = reach[v, w]
                for half in range(offset[v], offset[v + 1]):
                    u, edge = neighbour[half], nodes + half_edge[half]
                    for w in range(words):
                        fresh[w] |= reach[u, w] & ~down[edge, w]
                change = np.uint64(0)
                for w in range(words):
                    new = fresh[w] & ~down[v, w]
                    change |= new ^ reach[v, w]
                    reach[v, w] = new
                if change:
                    gained = True
            forward = not forward

        weighted = 0.0
        for k in range(order.size):
            v = order[k]
            bits = np.uint64(0)
            for w in range(words):
                bits += _ones(~reach[v, w])
            lost[v] += np.int64(bits)
            weighted += weight[v] * np.float64(bits)
        sums[0] += weighted
        sums[1] += weighted * weighted
        for k in range(count):
            down[touched[k], :] = np.uint64(0)
            is_touched[touched[k]] = False


def _reached_in_order(model: FailureModel, away: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the nodes that the roots reach past what is always away, breadth first."""
    graph = model.graph
    seen = away[: graph.nodes].copy()
    order = []
    for root in dict.fromkeys(model.roots.tolist()):
        if not seen[root]:
            seen[root] = True
            order.append(root)
    for v in order:
        row = slice(graph.offset[v], graph.offset[v + 1])
        for w, edge in zip(graph.neighbour[row], graph.half_edge[row], strict=True):
            if not seen[w] and not away[graph.nodes + edge]:
                seen[w] = True
                order.append(int(w))
    return np.array(order, np.int32)


def _without_away(
    model: FailureModel, away: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return the compressed rows without edges that are always away or end at such a node."""
    graph = model.graph
    begin = np.repeat(np.arange(graph.nodes, dtype=np.int32), np.diff(graph.offset))
    keep = ~(away[begin] | away[graph.neighbour] | away[graph.nodes + graph.half_edge])
    offset = np.zeros(graph.nodes + 1, np.int32)
    np.cumsum(np.bincount(begin[keep], minlength=graph.nodes), out=offset[1:])
    return offset, graph.neighbour[keep], graph.half_edge[keep]


def sample_unavailability(
    model: FailureModel, *, scenarios: int = 1_048_576, seed: int = 0, threads: int | None = None
) -> SampledUnavailability:
    """Return the unavailability of every node's connection from random scenarios.

    ``own_unavailability`` is not part of it. A node that no root reaches is away all the time.

    Parameters
    ----------
    model
        Without unknown shares (see :meth:`FailureModel.with_unknown`).
    scenarios
        How many, rounded up to whole chunks of ``SCENARIOS_A_CHUNK``; at most 10^12.
    seed
        0 to 2^64 - 1; the figures depend on it and on nothing else.
    threads
        How many at once; as many as there are cores by default.

    Raises
    ------
    InputError
        ``scenarios`` or ``seed`` is out of range.
    """
    if not 1 <= scenarios <= 10**12:
        raise InputError(f"{scenarios} scenarios; draw 1 to 10^12")
    if not 0 <= seed < 2**64:
        raise InputError(f"seed is {seed}; give 0 to 2^64 - 1")
    graph = model.graph
    share = model.event_shares()
    group_offset, member = model.members()
    simple = graph.nodes + graph.edges
    away = np.zeros(simple, np.bool_)
    away[share[:simple] >= 1.0] = True
    for number in np.flatnonzero(share[simple:] >= 1.0):
        away[member[group_offset[number] : group_offset[number + 1]]] = True
    order = _reached_in_order(model, away)
    offset, neighbour, half_edge = _without_away(model, away)
    is_root = np.zeros(graph.nodes, np.bool_)
    is_root[model.roots] = True
    chance = (share > 0.0) & (share < 1.0)
    event = np.flatnonzero(chance).astype(np.int32)
    scale = 1.0 / np.log1p(-share[chance])
    chunks = -(-scenarios // SCENARIOS_A_CHUNK)

    def run(chunk: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        lost, sums = np.zeros(graph.nodes, np.int64), np.zeros(2)
        _chunk(
            offset, neighbour, half_edge, is_root, order, model.weight, event, scale,
            group_offset, member, simple, _BLOCKS, _WORDS, np.uint64(seed), chunk, lost, sums,
        )  # fmt: skip
        return lost, sums

    lost, sums = np.zeros(graph.nodes, np.int64), np.zeros(2)
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        for more, further in pool.map(run, range(chunks)):
            lost += more
            sums += further
    drawn = chunks * SCENARIOS_A_CHUNK
    apart = np.ones(graph.nodes, np.bool_)
    apart[order] = False
    lost[apart] = drawn
    value = lost / drawn
    spread = np.clip(value, 1.0 / drawn, 1.0 - 1.0 / drawn)
    error = np.where(apart, 0.0, np.sqrt(spread * (1.0 - spread) / drawn))
    return SampledUnavailability(
        value, error, *_weighted(model, sums, apart, chunks * _BLOCKS), drawn, seed
    )


def _weighted(
    model: FailureModel, sums: NDArray[np.float64], apart: NDArray[np.bool_], blocks: int
) -> tuple[float, float]:
    """Return the mean share of the weight that is lost, and its standard error."""
    total = float(model.weight.sum())
    if total <= 0.0:
        return float("nan"), float("nan")
    a_block = 64 * _WORDS * total
    mean = sums[0] / blocks
    variance = max(0.0, sums[1] / blocks - mean**2) * blocks / max(1, blocks - 1)
    always = float(model.weight[apart].sum()) / total
    return float(mean / a_block + always), float(np.sqrt(variance / blocks) / a_block)
