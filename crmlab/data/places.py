"""Where data lie: a file or folder as a path; standard input and the address of a server as text.

A path would write ``postgresql://host`` with one stroke, and its last part could hold what must not be told.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["STDIN", "Place", "is_address", "place_name", "to_place"]

Place = Path | str

#: the place that means standard input
STDIN = "-"


def is_address(place: object) -> bool:
    """Tell whether a place is an address, such as that of a server, and not the name of a file.

    >>> is_address("postgresql://localhost/shop"), is_address("sales.csv")
    (True, False)
    """
    return isinstance(place, str) and "://" in place and not Path(place).exists()


def to_place(given: Place) -> Place:
    """Return a path for a file or folder, and everything else as it is.

    >>> to_place("postgresql://localhost/shop"), to_place("-"), to_place("sales.csv").name
    ('postgresql://localhost/shop', '-', 'sales.csv')
    """
    return given if str(given) == STDIN or is_address(given) else Path(given)


def place_name(place: Place) -> str:
    """Return what a place is called in messages: no folder, no password.

    >>> place_name("postgresql://shop:secret@localhost/sales")
    'localhost:5432/sales'
    """
    if not is_address(place):
        return Path(place).name
    from crmlab.data.databases import server_name

    return server_name(str(place))[0]
