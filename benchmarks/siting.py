"""How fast sites are chosen and proven, against spopt, raw HiGHS and CP-SAT in the same run.

Needs ``pip install spopt ortools`` beside ngbw for the peers; what is missing is left out::

    python -P benchmarks/siting.py                      # ngbw alone, all instances
    python -P benchmarks/siting.py --peers              # and the peers, up to 60 s each
    python -P benchmarks/siting.py --cover layers.npz   # the cover of a project, saved by --save
    python -P benchmarks/siting.py --save PROJECT layers.npz

Instances: a square district of 60 km2, three quarters of the demand in 40 Gaussian clusters
(150-700 m), a quarter even, weights 1-20; half the candidates clustered, half even; each reaches
600-900 m, times 0.7 where the row says so; 40 sites. Times are processor time of one core, the
least of the runs, from points and radii to the proof; limits are by the clock.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from ngbw.coverage.siting import SiteProblem

SIDE_M = 7746.0
BUDGET = 40
PEER_LIMIT_S = 60.0
SEEDS = range(5)

Instance = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def instance(sites: int, points: int, *, scale: float, seed: int) -> Instance:
    """Return positions and weights of demand, and positions and radii of candidates."""
    random = np.random.default_rng(seed)
    centres = random.uniform(0, SIDE_M, (40, 2))
    spread_m = random.uniform(150, 700, 40)

    def scattered(count: int, clustered: int) -> NDArray[np.float64]:
        pick = random.integers(0, 40, clustered)
        near = centres[pick] + random.normal(size=(clustered, 2)) * spread_m[pick, None]
        even = random.uniform(0, SIDE_M, (count - clustered, 2))
        return np.clip(np.vstack([near, even]), 0, SIDE_M)

    demand = scattered(points, points * 3 // 4)
    weight = random.integers(1, 21, points).astype(float)
    places = scattered(sites, sites // 2)
    return demand, weight, places, random.uniform(600, 900, sites) * scale


def spent_s() -> float:
    """Return the processor time of this process and of the programs it has run."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def least(runs: int, work: Callable[[], object]) -> float:
    """Return the least processor time of several runs."""
    times = []
    for _ in range(runs):
        start = spent_s()
        work()
        times.append(spent_s() - start)
    return min(times)


def ours(sites: int, points: int, scale: float, *, runs: int, limit_s: float | None) -> None:
    """Time building, plan, bound and proof for all seeds."""
    rows = []
    for seed in SEEDS:
        made = instance(sites, points, scale=scale, seed=seed)
        build = least(runs, lambda made=made: SiteProblem.from_points(*made))
        problem = SiteProblem.from_points(*made)
        plans = []

        def solve(problem: SiteProblem = problem, plans: list = plans) -> None:  # type: ignore[type-arg]
            plans.append(problem.maximise(sites=BUDGET, time_limit_s=limit_s))

        solved = least(runs, solve)
        plan = plans[-1]
        best = next((s.seconds for s in plan.log if s.value >= plan.bound * 0.999), None)
        rows.append((build + solved, plan, best))
        print(
            f"  seed {seed}: {build:.3f} s + {solved:.3f} s, value {plan.value:.0f}, bound "
            f"{plan.bound:.0f}, gap {plan.gap:.3%}, {plan.status}, {problem.groups} groups, "
            f"{plan.log[-1].nodes} branches"
            + ("" if best is None else f"; plan within 0.1 % of the best after {best:.2f} s"),
            flush=True,
        )
    times = sorted(seconds for seconds, _, _ in rows)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{sites} x {points} x {scale}: {times[0]:.3f}-{times[-1]:.3f} s, widest gap "
        f"{max(plan.gap for _, plan, _ in rows):.2%}, peak memory so far {peak_mb:.0f} MB",
        flush=True,
    )


def reach_of(made: Instance) -> scipy.sparse.csr_array:
    """Return the raw cover matrix, points by sites."""
    demand, _, places, radius = made
    rows = [
        np.flatnonzero(np.hypot(*(demand - at).T) <= r)
        for at, r in zip(places, radius, strict=True)
    ]
    columns = np.repeat(np.arange(len(places)), [len(row) for row in rows])
    entry = (np.ones(columns.size), (np.concatenate(rows), columns))
    return scipy.sparse.csr_array(entry, shape=(len(demand), len(places)))


def spopt_with(solver: str, made: Instance) -> str:
    """Build and solve by spopt."""
    import pulp
    from spopt.locate import MCLP

    start = spent_s()
    cost = np.where(reach_of(made).toarray() > 0, 0.0, 2.0)
    model = MCLP.from_cost_matrix(cost, made[1], service_radius=1.0, p_facilities=BUDGET)
    built = spent_s() - start
    chosen = (
        pulp.PULP_CBC_CMD(msg=False, timeLimit=PEER_LIMIT_S)
        if solver == "CBC"
        else pulp.HiGHS(msg=False, timeLimit=PEER_LIMIT_S)
    )
    with contextlib.redirect_stdout(io.StringIO()):
        model.problem.solve(chosen)
    total = spent_s() - start
    found = pulp.value(model.problem.objective)
    state = "proven" if model.problem.sol_status == 1 else "not proven"
    return f"{total:.2f} s, of which {built:.2f} s build the model, value {found:.0f} {state}"


def highs_on_raw_rows(made: Instance) -> str:
    """Build and solve by HiGHS, one row a point, with nothing merged."""
    import highspy

    start = spent_s()
    reach, weight = reach_of(made), made[1]
    points, sites = reach.shape
    rows = scipy.sparse.hstack([-reach, scipy.sparse.eye_array(points)]).tocsr()
    count = scipy.sparse.csr_array(np.concatenate([np.ones(sites), np.zeros(points)])[None])
    rows = scipy.sparse.vstack([rows, count]).tocsr()
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = sites + points, points + 1
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.concatenate([np.zeros(sites), weight])
    lp.col_lower_, lp.col_upper_ = np.zeros(sites + points), np.ones(sites + points)
    lp.row_lower_ = np.full(points + 1, -np.inf)
    lp.row_upper_ = np.concatenate([np.zeros(points), [float(BUDGET)]])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = rows.indptr, rows.indices
    lp.a_matrix_.value_ = rows.data
    whole, part = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
    lp.integrality_ = [whole] * sites + [part] * points
    highspy.Highs.resetGlobalScheduler(True)  # spopt's solver has set other threads
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("time_limit", PEER_LIMIT_S)
    highs.passModel(lp)
    highs.run()
    info = highs.getInfo()
    proven = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return (
        f"{spent_s() - start:.2f} s, value {info.objective_function_value:.0f}, bound "
        f"{info.mip_dual_bound:.0f}, {'proven' if proven else 'not proven'}"
    )


def cp_sat_on_raw_rows(made: Instance) -> str:
    """Build and solve by OR-tools' CP-SAT, one clause a point."""
    from ortools.sat.python import cp_model

    start = spent_s()
    reach, weight = reach_of(made), made[1].astype(int)
    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in range(reach.shape[1])]
    model.add(sum(chosen) <= BUDGET)
    terms = []
    for point in range(reach.shape[0]):
        servers = reach.indices[reach.indptr[point] : reach.indptr[point + 1]]
        if servers.size:
            reached = model.new_bool_var("")
            model.add_bool_or([reached.negated(), *(chosen[site] for site in servers)])
            terms.append(int(weight[point]) * reached)
    model.maximize(sum(terms))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = PEER_LIMIT_S
    solver.parameters.num_workers = 1
    status = solver.solve(model)
    proven = "proven" if status == cp_model.OPTIMAL else "not proven"
    return (
        f"{spent_s() - start:.2f} s, value {solver.objective_value:.0f}, bound "
        f"{solver.best_objective_bound:.0f}, {proven}"
    )


def peers(sites: int, points: int, scale: float) -> None:
    """Run every peer that is installed on seed 0."""
    made = instance(sites, points, scale=scale, seed=0)
    for name, solve in (
        ("spopt + CBC", lambda: spopt_with("CBC", made)),
        ("spopt + HiGHS", lambda: spopt_with("HiGHS", made)),
        ("HiGHS, raw rows", lambda: highs_on_raw_rows(made)),
        ("OR-tools CP-SAT", lambda: cp_sat_on_raw_rows(made)),
    ):
        try:
            print(f"  {name}: {solve()}", flush=True)
        except ImportError as error:
            print(f"  {name}: not installed ({error.name})", flush=True)
        except RuntimeError as error:
            print(f"  {name}: {error}", flush=True)


def save(project: Path, out: Path) -> None:
    """Save which pixels each candidate of a project serves, and the people on them."""
    import ngbw.coverage.plan as planning
    from ngbw.topology.compiled import cache_directory
    from ngbw.topology.project import open_project

    def keep(cover: list[NDArray[np.int64]], weight: NDArray[np.float64], **_: object) -> None:
        sizes = np.array([len(pixels) for pixels in cover])
        np.savez(out, sizes=sizes, pixels=np.concatenate(cover).astype(np.int32), weight=weight)
        print(f"{len(cover)} sites, {sizes.sum()} pairs, {weight.size} pixels -> {out}")
        sys.exit()

    SiteProblem.from_cover = staticmethod(keep)  # type: ignore[assignment,method-assign]
    opened = open_project(project)
    planning.plan(
        opened.network(), opened.settings, sites=BUDGET, cache_directory=cache_directory()
    )


def saved(path: Path) -> None:
    """Time plan, bound and curve on a saved cover."""
    data = np.load(path)
    cover = np.split(data["pixels"], np.cumsum(data["sizes"])[:-1])
    for turn in range(2):
        wall, spent = time.perf_counter(), time.process_time()
        problem = SiteProblem.from_cover(cover, data["weight"])
        built = time.process_time() - spent
        plan = problem.maximise(sites=BUDGET, nodes=0)
        planned = time.process_time() - spent
        curve = problem.curve(up_to=60)
        if turn:
            wide = max(curve.points, key=lambda point: point.gap)
            low, high = curve.share_of(BUDGET)
            print(
                f"{problem.sites} sites, {problem.groups} groups, {problem.pairs} pairs: built "
                f"{built:.2f} s, plan and bound {planned - built:.2f} s, curve of "
                f"{len(curve.points)} {time.process_time() - spent - planned:.2f} s processor time, "
                f"{time.perf_counter() - wall:.2f} s by the clock; gap {plan.gap:.2%} at {BUDGET}, "
                f"on the curve {wide.gap:.2%} at most ({wide.count} sites); {BUDGET} sites reach "
                f"{low:.2%} to {high:.2%}, 90 % needs {curve.sites_needed(0.9)}"
            )


def main() -> None:
    """Print one line for each instance."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--peers", action="store_true", help="run the peers too")
    parser.add_argument("--cover", type=Path, help="time plan and curve on a saved cover")
    parser.add_argument("--save", nargs=2, type=Path, help="project and file")
    asked = parser.parse_args()
    if asked.save:
        save(*asked.save)
    if asked.cover:
        saved(asked.cover)
        return
    SiteProblem.from_points(*instance(20, 500, scale=1.0, seed=9)).maximise(sites=5)
    for sites, points, scale, runs, limit_s, peer in (
        (100, 10_000, 1.0, 7, None, True),
        (100, 1_000_000, 1.0, 3, None, False),
        (500, 10_000, 0.7, 1, 60.0, True),
        (2000, 1_000_000, 0.7, 1, 60.0, False),
    ):
        ours(sites, points, scale, runs=runs, limit_s=limit_s)
        if asked.peers and peer:
            peers(sites, points, scale)


if __name__ == "__main__":
    main()
