"""Products of long, thin arrays.

A BLAS library spreads such a product over all cores, which gains nothing here and, where the cores are busy, waits for
them many times as long as the product takes. numpy's own loops stay in the calling thread; short products, which BLAS
does not spread, are left to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["dot", "rows_dot", "rows_product"]

#: Shorter ones stay in one thread anyway.
_SHORT = 4096


def dot(a: Floats, b: Floats) -> float:
    """Return the sum of a * b."""
    return float(a @ b if len(a) < _SHORT else np.einsum("n,n->", a, b))


def rows_dot(rows: Floats, w: Floats) -> Floats:
    """Return the sum of each row times `w`."""
    summed: Floats = rows @ w if rows.size < _SHORT else np.einsum("in,n->i", rows, w)
    return summed


def rows_product(left: Floats, right: Floats) -> Floats:
    """Return the sum of each row of `left` times each row of `right`."""
    summed: Floats = left @ right.T if left.size < _SHORT else np.einsum("in,jn->ij", left, right)
    return summed
