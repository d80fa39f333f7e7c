"""Q² by blindfolding equals hiding, replacing and refitting by hand, and refuses what would make it meaningless."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.errors import ParameterError
from crmlab.pls import Structure, blindfold, fit_pls

CHAIN = Structure(
    {"u": ["x1", "x2"], "v": ["y1", "y2", "y3"], "w": ["z"]}, [("u", "v"), ("v", "w"), ("u", "w")]
)


def draw(rng, n=100, effect=0.8):
    """Draw answers from a chain of three constructs."""
    u = rng.normal(size=n)
    v = effect * u + 0.6 * rng.normal(size=n)
    w = 0.7 * effect * v + 0.5 * rng.normal(size=n)
    items = {f"x{k}": u + 0.5 * rng.normal(size=n) for k in (1, 2)}
    items |= {f"y{k}": v + 0.5 * rng.normal(size=n) for k in (1, 2, 3)}
    return pd.DataFrame({**items, "z": w + 0.3 * rng.normal(size=n)})


def by_hand(result, distance):
    """Hide every so-many-th answer of each block, refit the table, and predict; one round after the other."""
    structure, values = result.structure, result.answers.matrix
    z = (values - values.mean(axis=0)) / result.item_sd
    n, found = len(z), {}
    for construct in structure.endogenous:
        columns = [structure.items.index(item) for item in structure.blocks[construct]]
        sse = sso = 0.0
        for start in range(distance):
            hidden = np.zeros((n, len(columns)), dtype=bool)
            for number in range(start, n * len(columns), distance):
                hidden[number % n, number // n] = True
            table = z.copy()
            mean, sd = np.empty(len(columns)), np.empty(len(columns))
            for k, column in enumerate(columns):
                seen = z[~hidden[:, k], column]
                mean[k], sd[k] = seen.mean(), seen.std(ddof=1)
                table[hidden[:, k], column] = mean[k]
            one = fit_pls(
                pd.DataFrame(table, columns=list(structure.items)), structure, convention=result.convention
            )
            told = one.scores.to_numpy() @ one.path_values[:, structure.constructs.index(construct)]
            guess = mean + np.outer(told, sd * one.loading_values[columns])
            sse += ((z[:, columns] - guess)[hidden] ** 2).sum()
            sso += ((z[:, columns] - mean)[hidden] ** 2).sum()
        found[construct] = 1 - sse / sso
    return found


@pytest.mark.checks("pls.blindfold", kind="second", against="round by round")
def test_q_squared_equals_a_loop_of_refits_on_the_european_survey(fit):
    """Q² of the six explained constructs of the European mobile-phone survey equals a loop that hides every seventh answer, refits and predicts, to 6 digits."""
    table = blindfold(fit, 7).table.set_index("construct")["q_squared"]
    expected = by_hand(fit, 7)
    assert list(table.index) == list(expected)
    assert table.to_numpy() == pytest.approx(list(expected.values()), abs=1e-6)


@pytest.mark.checks("pls.blindfold", kind="second", against="round by round")
@pytest.mark.parametrize("distance", [3, 9])
def test_q_squared_of_simulated_answers_equals_a_loop_of_refits(distance):
    """Q² of simulated answers equals a loop of refits at other distances, to 6 digits."""
    result = fit_pls(draw(np.random.default_rng(1)), CHAIN)
    got = blindfold(result, distance).table["q_squared"]
    assert got.to_numpy() == pytest.approx(list(by_hand(result, distance).values()), abs=1e-6)


@pytest.mark.checks("pls.blindfold", kind="recovery")
def test_q_squared_comes_close_to_the_true_share():
    """With single items that nothing blurs, Q² of 3,000 simulated respondents is the true explained share of .64 within .03, and 0 within .01 where nothing is explained."""
    model = Structure({"u": ["x"], "v": ["y"]}, [("u", "v")])
    rng = np.random.default_rng(8)
    x, noise = rng.normal(size=(2, 3001))
    q = [
        blindfold(fit_pls(pd.DataFrame({"x": x, "y": b * x + 0.6 * noise}), model)).table["q_squared"][0]
        for b in (0.8, 0.0)
    ]
    assert q[0] == pytest.approx(0.64, abs=0.03)
    assert q[1] == pytest.approx(0, abs=0.01)


@pytest.mark.checks("pls.blindfold", kind="invariant")
@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.floats(0.1, 50), min_size=6, max_size=6),
    st.lists(st.floats(-20, 20), min_size=6, max_size=6),
)
def test_units_of_the_items_change_no_q_squared(factors, shifts):
    """Rescaled and shifted items leave Q² as it is, and it is below 1."""
    data = draw(np.random.default_rng(2), 80)
    one = blindfold(fit_pls(data, CHAIN)).table["q_squared"]
    two = blindfold(fit_pls(data * factors + shifts, CHAIN)).table["q_squared"]
    assert np.allclose(one, two, atol=1e-6)
    assert (one < 1).all()


def test_items_add_up_to_their_construct(fit):
    """Squared errors of the items sum to those of their construct."""
    result = blindfold(fit, 7)
    sums = result.items.groupby("construct", sort=False)[["sse", "sso"]].sum()
    assert np.allclose(sums, result.summary().set_index("construct")[["sse", "sso"]])


def test_blocks_of_mode_b_are_left_out():
    """A formative block has no items to tell: it is not in the table; without any other block there is no Q²."""
    data = draw(np.random.default_rng(3))
    mixed = Structure(CHAIN.blocks, CHAIN.paths, {"v": "B"})
    assert blindfold(fit_pls(data, mixed)).table["construct"].to_list() == ["w"]
    formative = Structure(CHAIN.blocks, CHAIN.paths, {"v": "B", "w": "B"})
    with pytest.raises(ParameterError, match="mode A"):
        blindfold(fit_pls(data, formative))


@pytest.mark.parametrize(
    ("distance", "said"),
    [(5, "multiple of distance=5"), (10, "Take one of 6, 7"), (1, "between 2"), (90, "50")],
)
def test_distances_that_make_no_sense_are_refused(distance, said):
    """A distance of which the respondents are a multiple is refused with others that are not, and so are 1 and 90."""
    with pytest.raises(ParameterError) as caught:
        blindfold(fit_pls(draw(np.random.default_rng(3)), CHAIN), distance)
    assert said in str(caught.value)
