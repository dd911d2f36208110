"""Holds the propagation models against television fields measured in Benin, without tuning.

Reads ``measurements/benin_dtt_uhf`` of the outside data (docs/vectors.md) and prints measured minus
predicted by environment and model, beside what the authors published. Nothing is fitted: every
parameter is the model's default, or stands below with its reason, and every class of a model is
printed, not the best one. docs/validation.md explains the table.

Run: ``python -P benchmarks/benin_validation.py [DIRECTORY]`` (default ``../shared``, or
``NGBW_SHARED``).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd

from ngbw.coverage.field_strength import FIELD_CONSTANT_DB
from ngbw.coverage.measured.agreement import agreement
from ngbw.coverage.measured.residuals import Pairs, ResidualGroup, residual_group, residuals_by
from ngbw.coverage.propagation.free_space import free_space_loss_db
from ngbw.coverage.propagation.hata import Environment, hata_loss_db
from ngbw.coverage.propagation.p1812 import path
from ngbw.topology.errors import InputError
from ngbw.topology.files import read_table_file

FILE = Path("measurements/benin_dtt_uhf/dtt_benin_subset.csv")

DIPOLE_DBI = 2.15
"""ERP is over a half-wave dipole, EIRP over the isotropic antenna."""

RX_HEIGHT_M = 10.0
"""The receiving antenna of the campaign."""

DELTA_N, SURFACE_REFRACTIVITY, LATITUDE_DEG = 60.0, 380.0, 8.0
"""Air of the wet tropics, assumed; at 2.5-6.5 km 40-80 N-units/km move the loss by 0.01 dB."""

STEP_M = 50.0
"""Spacing of the flat profile, assumed: with ground cover it is how near the last roof stands."""

OTHER_STEPS_M = (20.0, 30.0, 100.0)
"""The same with other spacings, to show how much that assumption moves."""

CLUTTER_M = {"bare": 0.0, "urban 15 m": 15.0}
"""Ground cover of the flat profile: none, and P.1812-8 table 2 for urban areas and trees."""

PUBLISHED_EXCESS_DB = {"urban": (35.2, 7.8), "rural": (20.7, 3.7)}
"""Free space minus measured, mean and standard deviation, as published with the subset."""

PUBLISHED_RMSE_DB = {
    "authors' Hata, calibrated on the full set": 7.0,
    "authors' LightGBM, trained on the full set": 4.9,
    "authors' P.1546-6": 13.7,
}
"""Over about 335 points of both environments."""


def read(directory: Path) -> pd.DataFrame:
    """Return the measurements as numbers, with the height of the mast above the receiver."""
    table = read_table_file(directory / FILE).frame
    numbers = table.drop(columns="env").astype(float)
    # The mast is given above the sea and its own ground is not: the ground at the receiver stands
    # in for it, as Hata's effective height does for the ground around.
    numbers["tx_height_m"] = numbers["tx_height_m_asl"] - numbers["rx_elev_m_asl"]
    return numbers.assign(env=table["env"].astype(str))


def field_dbuv_m(data: pd.DataFrame, loss_db: np.ndarray) -> np.ndarray:
    """Return the field that a basic transmission loss leaves of the radiated power."""
    eirp_dbm = 30.0 + 10.0 * np.log10(data["erp_w"].to_numpy()) + DIPOLE_DBI
    return eirp_dbm - loss_db + FIELD_CONSTANT_DB + 20.0 * np.log10(data["freq_mhz"].to_numpy())


def free_space(data: pd.DataFrame) -> np.ndarray:
    """Predict with free space over the horizontal distance, as the authors do."""
    rows = zip(data["distance_m"], data["freq_mhz"], strict=True)
    return field_dbuv_m(data, np.array([float(free_space_loss_db(d / 1000, f)) for d, f in rows]))


def hata(environment: Environment) -> Callable[[pd.DataFrame], np.ndarray]:
    """Predict with Okumura-Hata."""

    def predict(data: pd.DataFrame) -> np.ndarray:
        loss = [
            float(
                hata_loss_db(
                    row.distance_m / 1000,
                    freq_mhz=row.freq_mhz,
                    height_m=row.tx_height_m,
                    rx_height_m=RX_HEIGHT_M,
                    environment=environment,
                )
            )
            for row in data.itertuples()
        ]
        return field_dbuv_m(data, np.array(loss))

    return predict


def p1812_flat(clutter_m: float, step_m: float = STEP_M) -> Callable[[pd.DataFrame], np.ndarray]:
    """Predict with P.1812-8 over flat ground at the receiver's level."""

    def predict(data: pd.DataFrame) -> np.ndarray:
        loss = []
        for row in data.itertuples():
            samples = max(3, round(row.distance_m / step_m) + 1)
            distance_km = np.linspace(0.0, row.distance_m / 1000, samples)
            result = path(
                distance_km,
                np.full(samples, row.rx_elev_m_asl),
                clutter_m=clutter_m,
                zone=4,
                frequency_ghz=row.freq_mhz / 1000,
                time_percent=50.0,
                location_percent=50.0,
                tx_height_m=row.tx_height_m,
                rx_height_m=RX_HEIGHT_M,
                polarization="horizontal",
                delta_n=DELTA_N,
                surface_refractivity=SURFACE_REFRACTIVITY,
                latitude_deg=LATITUDE_DEG,
            )
            loss.append(result.loss_db)
        return field_dbuv_m(data, np.array(loss))

    return predict


MODELS: dict[str, Callable[[pd.DataFrame], np.ndarray]] = {
    "free space": free_space,
    **{f"Hata, {name}": hata(name) for name in get_args(Environment)},
    **{f"P.1812-8 flat, {name}": p1812_flat(height) for name, height in CLUTTER_M.items()},
}


def pairs(data: pd.DataFrame, predicted_dbuv_m: np.ndarray) -> Pairs:
    """Lay a prediction beside the measurements; positions are relative to the transmitter."""
    bearing = np.radians(data["azimuth_deg"].to_numpy())
    distance_m = data["distance_m"].to_numpy()
    return Pairs(
        data["e_dbuv_m"].to_numpy(),
        predicted_dbuv_m,
        distance_m / 1000,
        distance_m * np.sin(bearing),
        distance_m * np.cos(bearing),
        tuple(data["env"]),
        tuple(data["env"]),
    )


def results(data: pd.DataFrame) -> list[tuple[str, str, ResidualGroup]]:
    """Return (environment, model, residuals) for each model in each environment and in both."""
    out = []
    for environment in (*PUBLISHED_EXCESS_DB, "both"):
        part = data if environment == "both" else data[data["env"] == environment]
        for model, predict in MODELS.items():
            residual = pairs(part, predict(part)).residual_db
            out.append((environment, model, residual_group(model, residual)))
    return out


def main(directory: Path) -> None:
    """Print the tables."""
    data = read(directory)
    found = results(data)
    print("free space minus measured     mean      sd   published")
    for environment, model, group in found:
        if model == "free space" and environment in PUBLISHED_EXCESS_DB:
            mean, sd = PUBLISHED_EXCESS_DB[environment]
            print(
                f"{environment:<12}{group.pairs:>6} points {-group.mean_db:9.2f} {group.sd_db:7.2f}"
                f"   {mean:g} +- {sd:g} dB"
            )
    print("\nmeasured minus predicted, dB     n    mean      sd    RMSE")
    for environment, model, group in found:
        print(
            f"{environment:<7}{model:<27}{group.pairs:>3} {group.mean_db:+7.2f} {group.sd_db:7.2f} "
            f"{group.rmse_db:7.2f}"
        )
    print("\npublished RMSE")
    for name, value in PUBLISHED_RMSE_DB.items():
        print(f"{name:<44}{value:5.1f}")
    print("\nP.1812-8 flat, urban 15 m, by spacing")
    for step_m in OTHER_STEPS_M:
        for environment in PUBLISHED_EXCESS_DB:
            part = data[data["env"] == environment]
            predicted = p1812_flat(CLUTTER_M["urban 15 m"], step_m)(part)
            group = residual_group("", pairs(part, predicted).residual_db)
            print(
                f"{environment:<7}{step_m:5.0f} m {group.mean_db:+7.2f} {group.sd_db:7.2f} "
                f"{group.rmse_db:7.2f}"
            )
    print("\nby distance, dB                             n    mean      sd    RMSE")
    for environment in PUBLISHED_EXCESS_DB:
        part = data[data["env"] == environment]
        for model, predict in MODELS.items():
            for group in residuals_by(pairs(part, predict(part)), "distance"):
                sd = "      -" if group.sd_db is None else f"{group.sd_db:7.2f}"
                print(
                    f"{environment:<7}{model:<27}{group.label:<9}{group.pairs:>2} "
                    f"{group.mean_db:+7.2f} {sd} {group.rmse_db:7.2f}"
                )
    print("\nintervals that count clustered points as what they are worth (blocks of 200 m)")
    for environment in PUBLISHED_EXCESS_DB:
        part = data[data["env"] == environment]
        for model, predict in MODELS.items():
            try:
                found = agreement(pairs(part, predict(part)))
            except InputError as error:
                print(f"{environment:<7}{model:<27}{error}")
                continue
            low, high = found.bias_interval_db
            least, most = found.sigma_interval_db
            print(
                f"{environment:<7}{model:<27}worth {found.effective_points:.1f}: bias {low:+.2f} to "
                f"{high:+.2f}, sd {least:.2f} to {most:.2f}, correlation {found.correlation:+.2f}"
            )
    print("\nthe line-of-sight flag of the set")
    for flag, name in ((1.0, "line of sight"), (0.0, "no line of sight")):
        for environment in PUBLISHED_EXCESS_DB:
            part = data[(data["env"] == environment) & (data["los"] == flag)]
            group = residual_group(name, pairs(part, free_space(part)).residual_db)
            print(
                f"{environment} points flagged {name}: {group.pairs}, free space minus measured "
                f"{-group.mean_db:.2f} +- {group.sd_db:.2f} dB"
            )


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("NGBW_SHARED", "../shared")))
