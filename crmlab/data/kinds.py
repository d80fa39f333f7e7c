"""Which kind of table a file holds, where a report can read more than one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from crmlab.data.cells import clean, is_missing
from crmlab.data.content import complete
from crmlab.data.files import open_table
from crmlab.data.readers import given_mapping
from crmlab.data.roles import recognise
from crmlab.data.vocabulary import VOCABULARY

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from crmlab.data.roles import Kind, Recognised

__all__ = ["tell_kind"]


def tell_kind(
    path: str | os.PathLike[str],
    *,
    mapping: Mapping[str, str] | str | None = None,
    sheet: str | int | None = None,
    encoding: str | None = None,
    table: str | None = None,
    query: str | None = None,
) -> Kind:
    """Tell whether a file holds purchases or contracts.

    Contracts have a start and an end, or a tenure and whether the customer was lost, and a customer hardly ever
    appears twice; purchases have a date and an amount, and customers come again. In doubt, purchases.

    Parameters
    ----------
    path, mapping, sheet, encoding, table, query
        As in :func:`crmlab.data.read_table`; a role that only one kind has decides.

    Returns
    -------
    str
        ``"transactions"`` or ``"contracts"``.

    Raises
    ------
    crmlab.errors.DataError
        When the file cannot be opened.

    """
    given = given_mapping(mapping)
    sales, deals = VOCABULARY["transactions"].keys(), VOCABULARY["contracts"].keys()
    if given.keys() & (sales - deals):
        return "transactions"
    if given.keys() & (deals - sales):
        return "contracts"
    if given.keys() - deals:
        return "transactions"  # where the unknown role is told
    look = partial(open_table, path, mapping=given, sheet=sheet, encoding=encoding, table=table, query=query)
    opened = look("contracts")
    contracts = recognise(opened.headers, "contracts", given)
    if contracts.missing("contracts"):
        return "transactions"
    opened = look("transactions")
    bought = complete(recognise(opened.headers, "transactions", given), opened.sample)
    if bought.missing("transactions") or not _comes_again(contracts, opened.sample):
        return "contracts"
    return "transactions"


def _comes_again(found: Recognised, sample: Mapping[str, Sequence[object]]) -> bool:
    """Tell whether more than a tenth of the rows name a customer that stands in an earlier one."""
    if "customer" not in found.roles:
        return False
    cells = [clean(cell) for cell in sample[found.roles["customer"].column]]
    names = [str(cell) for cell in cells if not is_missing(cell)]
    return len(names) - len(set(names)) > 0.1 * len(names)
