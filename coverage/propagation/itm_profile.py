"""What the Irregular Terrain Model reads from a terrain profile, before any radio.

Horizons, effective antenna heights and the terrain irregularity delta-h, as
``ITM point-to-point`` takes them from heights at equal spacing. The order of every sum, the cut of
every index and the ties of every comparison follow the NTIA reference, because they move the loss.

Sources, with the marks used beside the lines:

[ALG]
    G. A. Hufford, "The ITS Irregular Terrain Model, version 1.2.2: the Algorithm".
[GUIDE]
    Hufford, Longley, Kissick, "A guide to the use of the ITS Irregular Terrain Model in the area
    prediction mode", NTIA Report 82-100, 1982.
[ERL79]
    Longley, Rice, "Prediction of tropospheric radio transmission loss over irregular terrain",
    ERL 79-ITS 67, 1968.
[TN101]
    Rice, Longley, Norton, Barsis, NBS Technical Note 101, 1967.

Kernels take metres and radians and plain floats; :mod:`.itm` checks what goes in.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...topology.compiled import compiled

__all__ = [
    "IRREGULARITY_SAMPLES",
    "horizon_m",
    "horizons",
    "irregularity_m",
    "mean_height_m",
    "path_geometry",
]

IRREGULARITY_SAMPLES = 245
"""Most samples that delta-h takes from a profile: the size of the scratch array of its kernels."""

_DOUBT_M = 1e-6
"""A sample this far below the horizon ray needs no exact comparison (rounding is below 1e-9 m)."""

_Floats = NDArray[np.float64]


@compiled
def mean_height_m(height_m: _Floats) -> float:
    """Return the mean height of the middle 80 % of a profile, which sets its refractivity."""
    last = height_m.size - 1
    tenth = int(0.1 * last)
    total = 0.0
    for i in range(tenth, last - tenth + 1):
        total += height_m[i]
    return total / (last - 2 * tenth + 1)


@compiled
def horizons(
    height_m: _Floats, spacing_m: float, tx_height_m: float, rx_height_m: float, earth_m: float
) -> tuple[float, float, float, float]:
    """Return what each antenna sees as its horizon: two angles (rad), two distances (m).

    The other antenna is the horizon where nothing rises above the ray to it.
    """
    last = height_m.size - 1
    distance = last * spacing_m
    z_tx = height_m[0] + tx_height_m
    z_rx = height_m[last] + rx_height_m
    bulge = 0.5 / earth_m

    # [TN101, Eqn 6.15], antenna to antenna
    tx_rad = (z_rx - z_tx) / distance - distance / (2 * earth_m)
    rx_rad = -(z_rx - z_tx) / distance - distance / (2 * earth_m)
    tx_m = distance
    rx_m = distance

    from_tx = 0.0
    from_rx = distance
    for i in range(1, last):
        from_tx += spacing_m
        from_rx -= spacing_m
        z = height_m[i]
        # A product settles nearly every sample; only the near ones pay for the exact quotient.
        if z - z_tx > from_tx * (tx_rad + from_tx * bulge) - _DOUBT_M:
            angle = (z - z_tx) / from_tx - from_tx / (2 * earth_m)  # [TN101, Eqn 6.15]
            if angle > tx_rad:
                tx_rad = angle
                tx_m = from_tx
        if z - z_rx > from_rx * (rx_rad + from_rx * bulge) - _DOUBT_M:
            angle = -(z_rx - z) / from_rx - from_rx / (2 * earth_m)
            if angle > rx_rad:
                rx_rad = angle
                rx_m = from_rx
    return tx_rad, rx_rad, tx_m, rx_m


@compiled
def _fitted_ends(
    value: _Floats, last: int, spacing: float, start: float, end: float
) -> tuple[float, float]:
    """Fit a line to the samples from ``start`` to ``end``; return it at the profile's two ends."""
    first = int(max(start / spacing, 0.0))
    final = last - int(max(last - end / spacing, 0.0))
    if final <= first:  # fewer than two samples: take one more at each side
        first = int(max(first - 1.0, 0.0))
        final = last - int(max(last - (final + 1.0), 0.0))

    length = float(final - first)
    shifted = -0.5 * length
    shifted_end = final + shifted
    total = 0.5 * (value[first] + value[final])
    moment = 0.5 * (value[first] - value[final]) * shifted
    for i in range(first + 1, final):
        total += value[i]
        moment += value[i] * (shifted + (i - first))
    mean = total / length
    slope = moment * 12.0 / ((length * length + 2.0) * length)
    return mean - slope * shifted_end, mean + slope * (last - shifted_end)


@compiled
def _settle(value: _Floats, rank: int, low: int, high: int) -> None:
    """Put the element of descending ``rank`` in its place, larger ones before it.

    Quickselect without a branch on the data: terrain would mispredict every second one.
    """
    while low < high:
        a, b, c = value[low], value[(low + high) // 2], value[high]
        pivot = max(min(a, b), min(max(a, b), c))
        larger = low
        for j in range(low, high + 1):
            swapped = value[j]
            value[j] = value[larger]
            value[larger] = swapped
            larger += swapped > pivot
        if rank < larger:
            high = larger - 1
            continue
        equal = larger
        for j in range(larger, high + 1):
            swapped = value[j]
            value[j] = value[equal]
            value[equal] = swapped
            equal += swapped == pivot
        if rank < equal:
            return
        low = equal


@compiled
def irregularity_m(
    height_m: _Floats, spacing_m: float, start_m: float, end_m: float, scratch: _Floats
) -> float:
    """Return delta-h: the interdecile range of the heights about their line, freed of distance.

    Zero where there are fewer than two spacings between ``start_m`` and ``end_m``. ``scratch``
    holds :data:`IRREGULARITY_SAMPLES` floats and is overwritten.
    """
    last = height_m.size - 1
    x = start_m / spacing_m
    x_end = end_m / spacing_m
    if x_end - x < 2.0:
        return 0.0

    tenth = min(max(4, int(0.1 * (x_end - x + 8.0))), 25)
    count = 10 * tenth - 5
    ninety = count - tenth
    spans = float(count - 1)

    step = (x_end - x) / spans
    i = int(x)
    x -= i + 1.0
    for j in range(count):
        whole = np.ceil(x)
        if whole > 0.0:
            if i + whole > last - 1:
                whole = float(last - 1 - i)
            x -= whole
            i += int(whole)
        scratch[j] = height_m[i + 1] + (height_m[i + 1] - height_m[i]) * x
        x += step

    line, line_end = _fitted_ends(scratch, count - 1, 1.0, 0.0, spans)
    slope = (line_end - line) / spans
    for j in range(count):
        scratch[j] -= line
        line += slope

    _settle(scratch, tenth - 1, 0, count - 1)
    _settle(scratch, ninety, tenth, count - 1)
    interdecile = float(scratch[tenth - 1] - scratch[ninety])
    return interdecile / (1.0 - 0.8 * math.exp(-(end_m - start_m) / 50e3))  # [ERL79, Eqn 3]


@compiled
def horizon_m(effective_height_m: float, delta_h_m: float, earth_m: float) -> float:
    """Return the likely horizon distance over terrain of that irregularity [ALG, Eqn 3.3]."""
    smooth = math.sqrt(2.0 * effective_height_m * earth_m)
    return smooth * math.exp(-0.07 * math.sqrt(delta_h_m / max(effective_height_m, 5.0)))


@compiled
def path_geometry(
    height_m: _Floats,
    spacing_m: float,
    tx_height_m: float,
    rx_height_m: float,
    earth_m: float,
    scratch: _Floats,
) -> tuple[float, float, float, float, float, float, float]:
    """Return horizon angles, horizon distances, effective heights (tx, rx each) and delta-h."""
    last = height_m.size - 1
    distance = last * spacing_m
    tx_rad, rx_rad, tx_m, rx_m = horizons(height_m, spacing_m, tx_height_m, rx_height_m, earth_m)

    # Terrain counts from 15 antenna heights on [GUIDE, page 25], at most a tenth of the horizon.
    start = min(15.0 * tx_height_m, 0.1 * tx_m)
    end = distance - min(15.0 * rx_height_m, 0.1 * rx_m)
    delta_h = irregularity_m(height_m, spacing_m, start, end, scratch)

    if tx_m + rx_m > 1.5 * distance:  # well within line of sight: effective heights from one line
        fit_tx, fit_rx = _fitted_ends(height_m, last, spacing_m, start, end)
        tx_eff = tx_height_m + max(height_m[0] - fit_tx, 0.0)
        rx_eff = rx_height_m + max(height_m[last] - fit_rx, 0.0)
        tx_m = horizon_m(tx_eff, delta_h, earth_m)
        rx_m = horizon_m(rx_eff, delta_h, earth_m)
        if tx_m + rx_m <= distance:
            raised = (distance / (tx_m + rx_m)) ** 2
            tx_eff *= raised
            rx_eff *= raised
            tx_m = horizon_m(tx_eff, delta_h, earth_m)
            rx_m = horizon_m(rx_eff, delta_h, earth_m)
        smooth = math.sqrt(2.0 * tx_eff * earth_m)
        tx_rad = (0.65 * delta_h * (smooth / tx_m - 1.0) - 2.0 * tx_eff) / smooth  # [ALG, Eqn 3.4]
        smooth = math.sqrt(2.0 * rx_eff * earth_m)
        rx_rad = (0.65 * delta_h * (smooth / rx_m - 1.0) - 2.0 * rx_eff) / smooth
    else:  # each antenna over the line of its own foreground
        fit_tx = _fitted_ends(height_m, last, spacing_m, start, 0.9 * tx_m)[0]
        fit_rx = _fitted_ends(height_m, last, spacing_m, distance - 0.9 * rx_m, end)[1]
        tx_eff = tx_height_m + max(height_m[0] - fit_tx, 0.0)
        rx_eff = rx_height_m + max(height_m[last] - fit_rx, 0.0)
    return tx_rad, rx_rad, tx_m, rx_m, tx_eff, rx_eff, delta_h
