"""Fits a prediction's bias and spread to measurements, and judges the fit where it did not look.

*Two parts.* Whole sites, or whole blocks of a square grid, are drawn by a seed into a held-out
part; the rest is fitted. What is fitted never sees a held-out point; split by block, none of
its neighbours in the same block either. The bias is the mean residual (measured minus predicted) of
the fitted part, sigma its standard deviation; the held-out part is judged with both.

*How sure.* Intervals count a part's points as :func:`.residuals.effective_count` values them over
blocks of 200 m, several times the distance over which shadows in a city stay alike (3GPP TR
38.901, table 7.5-6: 37-50 m in UMa): Student's t for the bias, chi-squared for sigma, both with
``n_eff - 1`` degrees of freedom. Points of one site can share an error of that site; with few
sites, split by site.

*When not.* A mean of residuals with a spread of 8 dB (an ordinary one for models without
buildings) is known to +-h dB at 95 % from ``(1.96 x 8 / h)^2`` independent points: 62 for the
fitted part (h = 2 dB), 16 for the held-out one (h = 4 dB). With fewer the calibration is refused,
and says how many are missing: more points of the same street do not help.

The prediction itself is not touched. :meth:`CalibrationReport.calibrated` makes a third layer
beside the measured and the predicted one.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...topology.errors import InputError, UsageError
from .agreement import BLOCK_M, HELD_OUT_POINTS, check_worth, intervals, points_needed
from .residuals import (
    Pairs,
    ResidualGroup,
    effective_count,
    residual_group,
    residuals_by,
    spatial_blocks,
)

__all__ = [
    "BLOCK_M",
    "FIT_POINTS",
    "HELD_OUT_POINTS",
    "CalibrationReport",
    "PartResult",
    "Split",
    "calibrate",
    "points_needed",
    "split_pairs",
]

Split = Literal["site", "block"]

FIT_POINTS = points_needed(2.0)
"""Least effective number of points in the fitted part."""


@dataclass(frozen=True, slots=True)
class PartResult:
    """One part of the pairs, and how the prediction does there.

    Attributes
    ----------
    groups
        Sites or blocks in the part.
    effective_points
        What its points are worth as independent ones.
    raw
        Residuals of the prediction as it is.
    calibrated
        Residuals of the prediction with the bias added.
    """

    groups: int
    effective_points: float
    raw: ResidualGroup
    calibrated: ResidualGroup


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """What was fitted, where, how sure it is, and what it is worth elsewhere.

    Attributes
    ----------
    split, seed, held_out_share, block_m
        How the parts were made.
    bias_db
        To be added to the prediction.
    bias_interval_db
        95 % confidence interval.
    sigma_db
        Standard deviation of the fitted part's residuals: locations, measurement and model error
        together.
    sigma_interval_db
        95 % confidence interval.
    fitted, held_out
        The two parts.
    held_out_within_sigma
        Share of the held-out points within +-sigma of the calibrated prediction; 0.683 where the
        residuals are normal and sigma holds there too.
    by_distance, by_clutter, by_site
        Residuals of the prediction as it is, over both parts; nothing is fitted to them.
    """

    split: Split
    seed: int
    held_out_share: float
    block_m: float
    bias_db: float
    bias_interval_db: tuple[float, float]
    sigma_db: float
    sigma_interval_db: tuple[float, float]
    fitted: PartResult
    held_out: PartResult
    held_out_within_sigma: float
    by_distance: tuple[ResidualGroup, ...]
    by_clutter: tuple[ResidualGroup, ...]
    by_site: tuple[ResidualGroup, ...]

    def calibrated(self, predicted_dbuv_m: ArrayLike) -> NDArray[np.float64]:
        """Return a new layer: the prediction with the bias added."""
        return np.asarray(predicted_dbuv_m, np.float64) + self.bias_db

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for ``run.json``."""
        return asdict(self)

    def text(self) -> str:
        """Return the report as lines of plain text."""
        unit = "sites" if self.split == "site" else f"blocks of {self.block_m:g} m"
        fitted, held_out = self.fitted, self.held_out
        low, high = self.bias_interval_db
        least, most = self.sigma_interval_db
        lines = [
            f"measured minus predicted, split by {unit}, seed {self.seed}",
            f"fitted on {_worth(fitted)}, judged on {_worth(held_out)}",
            f"bias   {self.bias_db:+6.2f} dB   95 %: {low:+.2f} to {high:+.2f}",
            f"sigma  {self.sigma_db:6.2f} dB   95 %: {least:.2f} to {most:.2f}",
            "",
            _line("", "points", "mean", "sd", "RMSE"),
            _group_line("fitted, as predicted", fitted.raw),
            _group_line("held out, as predicted", held_out.raw),
            _group_line("held out, calibrated", held_out.calibrated),
            f"held out within +-sigma: {100 * self.held_out_within_sigma:.1f} % (normal: 68.3 %)",
        ]
        for title, groups in (
            ("by distance", self.by_distance),
            ("by clutter", self.by_clutter),
            ("by site", self.by_site),
        ):
            lines += ["", f"{title}, as predicted, both parts:"]
            lines += [_group_line(f"  {group.label}", group) for group in groups]
        return "\n".join(lines) + "\n"


def _worth(part: PartResult) -> str:
    return (
        f"{part.raw.pairs} points in {part.groups} of them "
        f"(worth {part.effective_points:.1f} independent points)"
    )


def _line(label: str, *cells: str) -> str:
    return f"{label:<28}" + "".join(f"{cell:>9}" for cell in cells)


def _group_line(label: str, group: ResidualGroup) -> str:
    sd = "-" if group.sd_db is None else f"{group.sd_db:.2f}"
    return _line(label, str(group.pairs), f"{group.mean_db:+.2f}", sd, f"{group.rmse_db:.2f}")


def split_pairs(
    pairs: Pairs, split: Split, *, held_out_share: float, seed: int, block_m: float = BLOCK_M
) -> NDArray[np.bool_]:
    """Return which pairs are held out: whole sites or whole blocks, drawn by the seed.

    The draw depends on the places and the seed alone, neither on the order of the pairs nor on
    what was measured there.

    Raises
    ------
    InputError
        There are fewer than two sites or blocks, or a pair names no site.
    """
    keys: list[Any]
    if split == "site":
        nameless = sum(not name for name in pairs.site_id)
        if nameless:
            raise InputError(
                f"{nameless} of {len(pairs)} points name no site; split by block, or give every "
                "point its site_id"
            )
        keys = list(pairs.site_id)
    else:
        keys = spatial_blocks(pairs.x_m, pairs.y_m, block_m)
    counts: dict[Any, int] = {}
    for key in keys:
        counts[key] = counts.get(key, 0) + 1
    names = sorted(counts)
    if len(names) < 2:
        raise InputError(
            f"all {len(pairs)} points lie in one {split}; at least 2 are needed, one to fit and one "
            "to judge" + (", or split by block" if split == "site" else "")
        )
    drawn = np.random.default_rng(seed).permutation(len(names))
    wanted = held_out_share * len(pairs)
    taken: set[Any] = set()
    held = 0
    for index in drawn.tolist():
        name = names[index]
        nearer = abs(held + counts[name] - wanted) < abs(held - wanted)
        if nearer and len(taken) < len(names) - 1:
            taken.add(name)
            held += counts[name]
    if not taken:  # every site is larger than the share: the smallest comes nearest
        taken.add(min(names, key=lambda name: (counts[name], name)))
    return np.array([key in taken for key in keys], dtype=bool)


def calibrate(
    pairs: Pairs,
    *,
    split: Split,
    held_out_share: float = 0.3,
    seed: int = 0,
    block_m: float = BLOCK_M,
) -> CalibrationReport:
    """Fit bias and sigma on one part of the pairs and judge them on the rest.

    Parameters
    ----------
    split
        ``site`` holds out whole sites, ``block`` whole blocks.
    held_out_share
        Of the points, 0.1-0.5; met as nearly as whole sites or blocks allow.
    seed
        Of the draw.
    block_m
        Side of the blocks, 50-5000 m.

    Raises
    ------
    InputError
        A part has too few points, or they are too clustered; the message says how many are needed.
    UsageError
        A parameter is out of range.
    """
    if split not in get_args(Split):
        raise UsageError(f"split is {split!r}; use one of {', '.join(get_args(Split))}")
    if not 0.1 <= held_out_share <= 0.5:
        raise UsageError(f"held_out_share is {held_out_share:g}; 0.1 to 0.5 are allowed")
    if not 50 <= block_m <= 5000:
        raise UsageError(f"block_m is {block_m:g}; 50 to 5000 m are allowed")
    held = split_pairs(pairs, split, held_out_share=held_out_share, seed=seed, block_m=block_m)
    blocks = spatial_blocks(pairs.x_m, pairs.y_m, block_m)
    keys: list[Any] = list(pairs.site_id) if split == "site" else list(blocks)
    worth, groups = {}, {}
    for part, what, needed in ((False, "fitted", FIT_POINTS), (True, "held-out", HELD_OUT_POINTS)):
        members = np.flatnonzero(held == part).tolist()
        worth[part] = effective_count([blocks[i] for i in members])
        groups[part] = len({keys[i] for i in members})
        check_worth(f"the {what} part has", len(members), worth[part], needed, block_m)
    residual = pairs.residual_db
    fitted = residual_group("fitted", residual[~held])
    bias, sigma = fitted.mean_db, fitted.sd_db or 0.0
    bias_interval, sigma_interval = intervals(bias, sigma, worth[False])
    judged = residual[held] - bias
    return CalibrationReport(
        split=split,
        seed=seed,
        held_out_share=held_out_share,
        block_m=block_m,
        bias_db=bias,
        bias_interval_db=bias_interval,
        sigma_db=sigma,
        sigma_interval_db=sigma_interval,
        fitted=PartResult(
            groups[False],
            worth[False],
            fitted,
            residual_group("fitted, calibrated", residual[~held] - bias),
        ),
        held_out=PartResult(
            groups[True],
            worth[True],
            residual_group("held out", residual[held]),
            residual_group("held out, calibrated", judged),
        ),
        held_out_within_sigma=float((np.abs(judged) <= sigma).mean()),
        by_distance=residuals_by(pairs, "distance"),
        by_clutter=residuals_by(pairs, "clutter"),
        by_site=residuals_by(pairs, "site"),
    )
