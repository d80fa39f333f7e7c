"""The drawing of a case's tables: every table and join is in it, in both languages, and its words are those of the card."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from crmlab.data import load_case
from crmlab.data.catalogue import case_names, read_case_card
from crmlab.errors import MissingExtraError
from crmlab.plots.schema import Link, schema_alt, schema_links, schema_svg
from crmlab.text import speaking

NAMES = [name for name in case_names() if len(read_case_card(name).tables) > 1]


def drawn(name, lang="en"):
    """Return the drawing of a case as a tree."""
    with speaking(lang):
        return ET.fromstring(schema_svg(read_case_card(name)))


def texts(tree):
    """Return all texts of a drawing."""
    return [node.text for node in tree.iter() if node.tag.endswith("text")]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_table_and_key_is_drawn(name, lang):
    """The drawing has the name of each table and each column of a join, and says in words what it shows."""
    card = read_case_card(name)
    tree = drawn(name, lang)
    words = texts(tree)
    for table in card.tables:
        assert table.label[lang] in words
        assert table.key is None or table.key in words
    for link in schema_links(card):
        assert link.column in words
    said = tree.get("aria-label")
    assert all(table.label[lang] in said for table in card.tables)
    assert bool(re.search(r"[\u4e00-\u9fff]", said)) == (lang == "zh")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_stands_outside_or_on_top_of_each_other(name):
    """All boxes lie within the drawing, and no two tables overlap."""
    tree = drawn(name)
    _, _, width, height = map(float, tree.get("viewBox").split())
    boxes = [
        tuple(float(node.get(side)) for side in ("x", "y", "width", "height"))
        for node in tree.iter()
        if node.tag.endswith("rect") and node.get("stroke")
    ]
    assert len(boxes) == len(read_case_card(name).tables)
    for at, (x, y, wide, tall) in enumerate(boxes):
        assert x >= 0
        assert y >= 0
        assert x + wide <= width + 1
        assert y + tall <= height + 1
        for left, top, over, deep in boxes[:at]:
            assert x >= left + over or left >= x + wide or y >= top + deep or top >= y + tall


@pytest.mark.parametrize("name", NAMES)
def test_a_key_is_a_key(name):
    """No two rows of a table share its key, and most values of a joining column are found there."""
    card = read_case_card(name)
    try:
        case = load_case(name)
    except MissingExtraError:
        pytest.skip(f"{name} is not installed: make setup-data")
    frames = {table.name: case.table(table.name) for table in card.tables if not table.raw}
    for table in card.tables:
        assert table.key is None or frames[table.name][table.key].is_unique, table.name
    for link in schema_links(card):
        values = frames[link.table][link.column].dropna()
        found = values.isin(frames[link.home][link.column]).mean()
        # The Complete Journey knows the age of a third of its households alone.
        assert found == 1 or (name == "completejourney" and found > 0.5), link


def test_joins_that_follow_from_others_are_left_out():
    """At the dealer a visit joins its bill, the bill its customer, and the visit's own customer is not drawn again."""
    links = schema_links(read_case_card("dealer"))
    assert Link("visits", "order", "transactions") in links
    assert Link("transactions", "customer", "customers") in links
    assert Link("visits", "customer", "customers") not in links


def test_words_that_mean_something_else_are_no_join():
    """In e-commerce the channel of a customer has a cost; the channel of a complaint is another thing."""
    links = schema_links(read_case_card("ecommerce"))
    assert Link("customers", "channel", "acquisition") in links
    assert not any(link.table == "complaints" and link.column == "channel" for link in links)


def test_what_is_not_drawn_is_counted():
    """A survey of 34 columns shows five and counts the rest, in the reader's language."""
    assert "… and 29 more" in texts(drawn("hotel"))
    assert "……另有 29 列" in texts(drawn("hotel", "zh"))


def test_the_drawing_is_described():
    """The words for those who cannot see it name each table with its columns, and each join."""
    with speaking("en"):
        said = schema_alt(read_case_card("utilities"))
    assert said.startswith("Diagram of 7 tables: “Contracts” with 7 columns")
    assert "joins “Customers” by customer" in said


def test_signs_of_markup_are_escaped():
    """A label that looks like markup is text in the drawing."""
    from dataclasses import replace

    from crmlab.data.cards import Words

    card = read_case_card("hotel")
    odd = replace(card.tables[0], label=Words("<b>&</b>", "<b>&</b>"))
    with speaking("en"):
        tree = ET.fromstring(schema_svg(replace(card, tables=(odd, *card.tables[1:]))))
    assert "<b>&</b>" in texts(tree)
