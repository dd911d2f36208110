"""P.1812-8 against the ITU-R Working Party's reference implementation, number by number."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ngbw.coverage.propagation.p1812 import PathResult, path

pytestmark = pytest.mark.shared

GEOMETRY = {
    "d": "distance_km",
    "dlt|Eq (78)": "tx_horizon_km",
    "dlr|Eq (81a)": "rx_horizon_km",
    "th_t|Eqs (76-78)": "tx_elevation_mrad",
    "th_r|Eqs (79-81)": "rx_elevation_mrad",
    "th|Eq (82)": "path_angle_mrad",
    "hts": "tx_amsl_m",
    "hrs": "rx_amsl_m",
    "htc|Table 5": "tx_amsl_m",
    "hrc|Table 5": "rx_amsl_m",
    "w|Table 5": "sea_fraction",
    "dtm|Sec 3.6": "longest_land_km",
    "dlm|Sec 3.6": "longest_inland_km",
    "b0|Eq (5)": "beta0_percent",
    "ae|Eq (7a)": "radius_km",
    "hst|Eq (85)": "smooth_tx_m",
    "hsr|Eq (86)": "smooth_rx_m",
    "hst|Eq (90a)": "ducting_surface_tx_m",
    "hsr|Eq (90b)": "ducting_surface_rx_m",
    "hstd|Eq (89)": "diffraction_surface_tx_m",
    "hsrd|Eq (89)": "diffraction_surface_rx_m",
    "htc|Eq (37a)": "diffraction_tx_m",
    "hrc|Eq (37b)": "diffraction_rx_m",
    "hte|Eq (92a)": "ducting_tx_m",
    "hre|Eq (92b)": "ducting_rx_m",
    "hm|Eq (93)": "roughness_m",
}
LOSSES = {
    "Fi|Eq (40)": "time_weight",
    "Fj|Eq (57)": "angle_weight",
    "Fk|Eq (58)": "distance_weight",
    "Lbfs|Eq (8)": "free_space_db",
    "Lb0p|Eq (10)": "line_of_sight_db",
    "Lb0b|Eq (11)": "line_of_sight_beta_db",
    # The reference writes these three after its second run, that with the beta_0 radius.
    "Lbulla|Eq (21)": "bullington_beta_db",
    "Lbulls|Eq (21)": "smooth_bullington_beta_db",
    "Ldsph|Eq (27)": "spherical_beta_db",
    "Ld50|Eq (39)": "diffraction_50_db",
    "Ldb|Eq (39)": "diffraction_beta_db",
    "Ldp|Eq (41)": "diffraction_p_db",
    "Lbd50|Eq (42)": "with_diffraction_50_db",
    "Lminb0p|Eq (59)": "least_line_of_sight_db",
    "Lba|Eq (46)": "ducting_db",
    "Lminbap|Eq (60)": "least_enhanced_db",
    "Lbda|Eq (61)": "diffraction_or_ducting_db",
    # The reference overwrites L_bd by L_bda before it writes it; L_bd = L_b0p + L_dp is tested.
    "Lbd|Eq (43)": "diffraction_or_ducting_db",
    "Lbam|Eq (62)": "without_scatter_db",
    "Lbs|Eq (44)": "troposcatter_db",
    "Lbc|Eq (63)": "median_location_db",
}
INPUTS = {
    "profile", "case", "Ptx", "Gtx", "Grx", "f", "p", "pL", "sigmaL", "phi_t", "phi_r", "lam_t",
    "lam_r", "htg", "hrg", "pol", "DN", "N0", "dct", "dcr", "R2", "Rn-1", "phi|Eq (4)",
}  # fmt: skip


@pytest.fixture(scope="module")
def p1812(shared: Path) -> Path:
    return shared / "vectors" / "rf" / "p1812"


def _official(folder: Path) -> list[tuple[dict[str, Any], PathResult]]:
    found = []
    for case in json.loads((folder / "cases.json").read_text()):
        profile = np.loadtxt(
            folder / "profiles" / f"{case['profile']}.csv", delimiter=",", skiprows=1
        )
        result = path(
            profile[:, 0],
            profile[:, 1],
            clutter_m=profile[:, 2],
            zone=profile[:, 3],
            frequency_ghz=case["f"],
            time_percent=case["p"],
            location_percent=case["pL"],
            sigma_db=case["sigmaL"],
            tx_height_m=case["htg"],
            rx_height_m=case["hrg"],
            polarization="horizontal" if case["pol"] == 1 else "vertical",
            delta_n=case["DN"],
            surface_refractivity=case["N0"],
            latitude_deg=case["phi|Eq (4)"],
            tx_coast_km=case["dct"],
            rx_coast_km=case["dcr"],
        )
        found.append((case, result))
    return found


def test_every_official_case_agrees_in_loss_and_field_to_a_millionth_dB(p1812):
    cases = _official(p1812)
    assert len(cases) == 63
    for case, result in cases:
        name = (case["profile"], case["case"])
        assert result.loss_db == pytest.approx(case["Lb|Eq (69)"], abs=1e-6), name
        assert result.field_dbuv_m == pytest.approx(case["Ep|Eq (70)"], abs=1e-6), name


def test_every_official_case_agrees_in_every_intermediate(p1812):
    for case, result in _official(p1812):
        geometry = result.intermediates.geometry
        losses = result.intermediates.losses
        for keys, record in ((GEOMETRY, geometry), (LOSSES, losses)):
            for key, field in keys.items():
                # Ten printed digits; weights that fade to nothing keep only absolute accuracy.
                assert getattr(record, field) == pytest.approx(case[key], rel=1e-6, abs=1e-9), (
                    case["profile"],
                    case["case"],
                    key,
                )
        assert losses.with_diffraction_db == pytest.approx(
            losses.line_of_sight_db + losses.diffraction_p_db
        )


def test_no_intermediate_of_the_official_cases_is_left_out(p1812):
    named = set(GEOMETRY) | set(LOSSES) | INPUTS | {"Lb|Eq (69)", "Ep|Eq (70)", "E_ref_dBuV_m"}
    for case in json.loads((p1812 / "cases.json").read_text()):
        assert set(case) <= named


def test_every_city_case_agrees_to_a_hundred_millionth_dB(p1812):
    rows = [
        [float(value) for value in line.split(",")]
        for line in (p1812 / "city_pfls.csv").read_text().splitlines()
    ]
    cases = json.loads((p1812 / "city_cases.json").read_text())
    assert len(cases) == 468
    for case in cases:
        n, step_m = int(rows[case["row"]][0]), rows[case["row"]][1]
        i = np.arange(n + 1)
        result = path(
            i * step_m / 1000.0,
            rows[case["row"]][2:],
            clutter_m=np.where((i % 7 < 3) & bool(case["clutter"]), 15.0, 0.0),
            zone=4,
            frequency_ghz=case["f_GHz"],
            time_percent=case["p"],
            location_percent=50.0,
            sigma_db=0.0,
            tx_height_m=case["htg"],
            rx_height_m=case["hrg"],
            polarization="horizontal",
            delta_n=case["DN"],
            surface_refractivity=case["N0"],
            latitude_deg=31.27 + n * 0.005 / 111.19492664,
        )
        geometry = result.intermediates.geometry
        losses = result.intermediates.losses
        assert result.loss_db == pytest.approx(case["Lb"], abs=1e-8)
        assert result.field_dbuv_m == pytest.approx(case["Ep_1kW"], abs=1e-8)
        assert geometry.line_of_sight == (case["pathtype"] == 1)
        for key, value in (
            ("hstd", geometry.diffraction_surface_tx_m),
            ("hsrd", geometry.diffraction_surface_rx_m),
            ("hte", geometry.ducting_tx_m),
            ("hre", geometry.ducting_rx_m),
            ("hm", geometry.roughness_m),
            ("dlt", geometry.tx_horizon_km),
            ("dlr", geometry.rx_horizon_km),
            ("theta", geometry.path_angle_mrad),
            ("Lbulla", losses.bullington_50_db),
            ("Lbulls", losses.smooth_bullington_50_db),
            ("Ldsph_h", losses.spherical_50_db),
            ("Ld50_h", losses.diffraction_50_db),
        ):
            assert value == pytest.approx(case[key], abs=1e-8), key


def test_vertical_polarisation_of_the_city_cases_agrees(p1812):
    rows = (p1812 / "city_pfls.csv").read_text().splitlines()
    for case in json.loads((p1812 / "city_cases.json").read_text()):
        if case["f_GHz"] != 0.474 or case["p"] != 50.0:
            continue
        heights = [float(value) for value in rows[case["row"]].split(",")[2:]]
        i = np.arange(len(heights))
        result = path(
            i * 0.01,
            heights,
            clutter_m=np.where((i % 7 < 3) & bool(case["clutter"]), 15.0, 0.0),
            zone=4,
            frequency_ghz=case["f_GHz"],
            time_percent=50.0,
            location_percent=50.0,
            tx_height_m=case["htg"],
            rx_height_m=case["hrg"],
            polarization="vertical",
            delta_n=case["DN"],
            surface_refractivity=case["N0"],
            latitude_deg=31.3,
        )
        diffraction_db = result.intermediates.losses.diffraction_50_db
        assert diffraction_db == pytest.approx(case["Ld50_v"], abs=1e-8)
