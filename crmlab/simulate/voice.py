"""What customers say: the survey, and the complaints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.simulate.draws import likert, named, pick
from crmlab.simulate.structure import answer_items

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

    from crmlab.simulate.business import Business
    from crmlab.simulate.engine import Scene
    from crmlab.simulate.truth import RetailTruth

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["answered", "draw_complaints", "draw_survey"]

#: share of respondents who had nothing to settle, and so no effort to rate
_NO_CONTACT = 0.06
#: answers come within so many days of being asked
_ANSWER_DAYS = 14
#: a complaint about a contract is raised within so many days of its start, before anybody can have left
_FIRST_DAYS = 27


def draw_survey(scene: Scene, joined: Ints) -> pd.DataFrame:
    """Ask a random part of the customers, some time after they joined, whether they are still there or not."""
    import pandas as pd

    truth = scene.truth
    staff = np.array([one.staff_points for one in truth.sites])[scene.people["site"].to_numpy()]
    table = answered(
        scene.stream("survey"),
        scene.people,
        truth,
        ids=scene.ids,
        dates=lambda later: scene.dates(joined + truth.ask_after_days + later),
        place=(truth.site_label, scene.sites),
        weak=(truth.weak_item, staff),
    )
    table = table[table["date"] <= pd.Timestamp(truth.end)]
    return table.reset_index(drop=True)


def answered(
    rng: np.random.Generator,
    people: pd.DataFrame,
    truth: Business | RetailTruth,
    *,
    ids: NDArray[np.object_],
    dates: Callable[[Ints], pd.Series],
    place: tuple[str, NDArray[np.object_]],
    weak: tuple[str, Floats],
) -> pd.DataFrame:
    """Return the answers of a random part of the customers, by day: the one questionnaire of all businesses.

    Parameters
    ----------
    rng
        Stream of the survey.
    people, truth
        Who they are, and what is true.
    ids
        Customer numbers.
    dates
        From days after being asked to dates.
    place
        Name of the column of the place, and each customer's.
    weak
        Item that poor places are bad at, and what it loses at each customer's place, in points.

    """
    import pandas as pd

    n = len(people)
    col = {name: people[name].to_numpy() for name in people.columns}
    label, places = place
    item, staff = weak

    def noisy(signal: Floats, share: float) -> Floats:
        """Mix a standardised signal, with the given correlation, with noise."""
        return np.asarray(share * signal + np.sqrt(1 - share**2) * rng.standard_normal(n), dtype=np.float64)

    chosen = np.sort(rng.permutation(n)[: max(round(truth.response_rate * n), 1)])
    later = rng.integers(0, _ANSWER_DAYS, n)
    constructs = {name: col[name] for name in dict.fromkeys(one.construct for one in truth.items)}
    items = answer_items(truth.items, constructs, rng, shifts={item: staff})

    overall = 1 + np.searchsorted(np.array(truth.overall_cuts), noisy(col["satisfaction"], 0.94))
    recommend = likert(noisy(0.6 * col["satisfaction"] + 0.8 * col["loyalty"], 0.75), 7.7, 1.6, 0, 10)
    unsettled = col["complains"] & ~col["accepted"]
    effort = likert(noisy(col["quality"], 0.6) - 0.9 * unsettled, 5.2, 1.2, 1, 7).astype(np.float64)
    effort[rng.random(n) < _NO_CONTACT] = np.nan
    expected = likert(noisy(col["expectation"], 0.85), 7.4, 1.2, 1, 10)
    perceived = likert(noisy(col["quality"], 0.85) + staff / 4, 7.2, 1.4, 1, 10)
    attachment = likert(noisy(col["loyalty"], 0.85), 6.0, 1.9, 1, 10)
    stays = (col["score"] - col["score"].mean()) / col["score"].std()
    would_switch = likert(noisy(-stays, 0.8), 4.8, 2.1, 1, 10)
    price = likert(noisy(col["price_sensitivity"], 0.9), 6.0, 1.9, 1, 10)

    table = pd.DataFrame(
        {
            "customer": ids,
            "date": dates(later),
            label: places,
            "competition": np.where(col["strong"], "strong", "weak").astype(object),
            "overall": overall,
            "recommend": recommend,
            "effort": effort,
            "expected": expected,
            "perceived": perceived,
            **items,
            "attachment": attachment,
            "would_switch": would_switch,
            "price_sensitivity": price,
        }
    ).iloc[chosen]
    return table.sort_values(["date", "customer"], kind="stable", ignore_index=True)


def draw_complaints(scene: Scene, joined: Ints) -> pd.DataFrame:
    """Write down the complaints: at most one a customer, early in the relationship, whatever its length."""
    import pandas as pd

    rng = scene.stream("complaints")
    people, truth = scene.people, scene.truth
    n = len(people)
    if truth.contracts is None:
        first = np.searchsorted(scene.buyer, np.arange(n))
        number = np.bincount(scene.buyer, minlength=n)
        which = np.minimum(np.floor(-np.log1p(-rng.random(n)) * 1.5).astype(np.int64), number - 1)
        raised = scene.day[first + which] + rng.integers(0, 3, n)
    else:
        raised = joined + rng.integers(3, _FIRST_DAYS * truth.contracts.period_months, n)
    u = [[one.share for one in truth.topics], [one.share_poor for one in truth.topics]]
    draws = [pick(rng, shares, n) for shares in u]
    topic = np.where(scene.poor, draws[1], draws[0])
    contact = pick(rng, [one.share for one in truth.contacts], n)

    last = scene.clock.days - 1
    days = people["days"].to_numpy()
    still_open = raised + days > last
    accepted = people["accepted"].to_numpy() & ~still_open
    who = np.flatnonzero(people["complains"].to_numpy() & (raised <= last))
    who = who[np.lexsort((who, raised[who]))]
    mark = f"{scene.block}-" if scene.block else ""
    return pd.DataFrame(
        {
            "complaint": [f"C{mark}{k:05d}" for k in range(1, who.size + 1)],
            "customer": scene.ids[who],
            "date": scene.dates(raised[who]),
            truth.site_label: scene.sites[who],
            "topic": named([one.name for one in truth.topics], topic[who]),
            "channel": named([one.name for one in truth.contacts], contact[who]),
            "days_to_resolve": np.where(still_open, np.nan, days)[who],
            "recovered": np.where(accepted[who], "yes", "no").astype(object),
        }
    )
