"""The survey that all industries share but for their own items of quality and image."""

from __future__ import annotations

from crmlab.simulate.truth import Item

__all__ = ["ECSI_PATHS", "survey_items"]

#: structural model of the ECSI kind between standardised constructs
ECSI_PATHS = (
    ("image", "expectation", 0.50),
    ("expectation", "quality", 0.50),
    ("expectation", "value", 0.10),
    ("quality", "value", 0.55),
    ("image", "satisfaction", 0.20),
    ("expectation", "satisfaction", 0.05),
    ("quality", "satisfaction", 0.50),
    ("value", "satisfaction", 0.20),
    ("satisfaction", "complaints", 0.50),
    ("image", "loyalty", 0.20),
    ("satisfaction", "loyalty", 0.50),
    ("complaints", "loyalty", 0.10),
)

_LOADINGS = (0.86, 0.80, 0.90, 0.78, 0.76, 0.82)
_MEANS = (7.3, 6.9, 7.1, 6.7, 7.4, 6.6)


def survey_items(image: tuple[str, ...], quality: tuple[str, ...]) -> tuple[Item, ...]:
    """Return all items: the given ones of image and quality, and those that every industry asks.

    Parameters
    ----------
    image, quality
        Names after ``image_`` and ``quality_``; at most six each.

    """
    own = [
        Item(f"{construct}_{name}", construct, _LOADINGS[k], _MEANS[k])
        for construct, names in (("image", image), ("quality", quality))
        for k, name in enumerate(names)
    ]
    return (
        *own[: len(image)],
        Item("expectation_overall", "expectation", 0.90, 7.3, 1.3),
        Item("expectation_needs", "expectation", 0.86, 7.1, 1.4),
        Item("expectation_faultless", "expectation", 0.80, 6.8, 1.5),
        *own[len(image) :],
        Item("value_price", "value", 0.90, 6.5, 1.6),
        Item("value_quality", "value", 0.92, 6.8),
        Item("satisfaction_overall", "satisfaction", 0.93, 6.9),
        Item("satisfaction_expectations", "satisfaction", 0.88, 6.7),
        Item("satisfaction_ideal", "satisfaction", 0.87, 6.3, 1.6),
        Item("complaints_handling", "complaints", 0.97, 6.4, 1.7),
        Item("loyalty_again", "loyalty", 0.91, 7.0, 1.7),
        Item("loyalty_recommend", "loyalty", 0.89, 6.7, 1.7),
        Item("loyalty_price", "loyalty", 0.80, 5.8, 1.7),
    )
