"""The catalogue keeps its promises: names, cards, checksums, columns, two languages."""

from __future__ import annotations

import hashlib
import re
from importlib import metadata

import pandas as pd
import pytest

from crmlab._paths import share
from crmlab.data import cards, catalogue
from crmlab.data.catalogue import case_names, list_cases, load_case, read_case_card, show_case
from crmlab.errors import DataError, MissingExtraError, ParameterError
from crmlab.simulate.industries import INDUSTRIES

NAMES = list(case_names())
SIMULATED = {"lab-sources", "retail", *INDUSTRIES}
SAMPLES = {"completejourney", "telco"}
LARGE = {name for name in NAMES if read_case_card(name).extra == "data-large"}
TABLES = [(name, table.name) for name in NAMES for table in read_case_card(name).tables if not table.raw]


def loaded(name):
    """Load a case; a large one that is not installed is skipped."""
    try:
        return load_case(name)
    except MissingExtraError:
        if name not in LARGE:
            raise
        pytest.skip(f"{name} is not installed: make setup-data")


def words_of(card):
    """Yield every pair of words on a card."""
    yield from (card.title, card.story, card.source, card.made, card.licence, *card.truth_labels.values())
    for table in card.tables:
        yield table.label
        for column in table.columns:
            yield from (column.label, column.text, *column.categories.values())
            if column.unit:
                yield column.unit


def test_the_catalogue_has_real_and_simulated_cases():
    """The catalogue lists every case with kind, tables and rows; every simulated business has a case."""
    listed = list_cases()
    assert listed["name"].to_list() == NAMES
    kinds = listed.set_index("name")["kind"]
    assert {name for name in NAMES if (read_case_card(name).distribution is None)} == SIMULATED
    assert kinds.to_dict() == {
        name: "simulated" if name in SIMULATED else "sample" if name in SAMPLES else "real" for name in NAMES
    }
    assert listed.set_index("name").loc[["cdnow", "cdnow-sample", "mobi"], "rows"].to_list() == [
        69659,
        6919,
        250,
    ]
    assert listed.loc[~listed["name"].isin(LARGE), "available"].all()


def test_titles_come_in_the_asked_language():
    """Titles are English by default and Chinese on demand."""
    assert list_cases("zh").set_index("name")["title"]["retail"] == "灯笼小超市（虚构）"
    assert load_case("retail").title("en") == "Lantern Grocers (invented)"


@pytest.mark.parametrize(("name", "table"), TABLES)
def test_a_table_is_what_its_card_says(name, table):
    """Columns, types, ranges, categories, missing values and rows of a table are those on its card."""
    case = loaded(name)
    card = case.card.table(table)
    frame = case.table(table)
    assert frame.columns.to_list() == [column.name for column in card.columns]
    assert len(frame) == card.rows
    for column in card.columns:
        values = frame[column.name]
        assert column.missing or not values.isna().any(), column.name
        values = values.dropna()
        if column.type == "date":
            assert pd.api.types.is_datetime64_any_dtype(values)
            assert pd.Timestamp(column.low) <= values.min()
            assert values.max().normalize() <= pd.Timestamp(column.high)
        elif column.type in ("integer", "number"):
            assert pd.api.types.is_numeric_dtype(values)
            assert column.type == "number" or (values % 1 == 0).all()
            assert column.low is None or values.min() >= column.low
            assert column.high is None or values.max() <= column.high
        else:
            assert pd.api.types.is_string_dtype(values)
            assert not column.categories or set(values) == set(column.categories), column.name


@pytest.mark.parametrize(("name", "table"), TABLES)
def test_a_file_is_the_one_on_the_card(name, table):
    """The file's bytes have the size and the sha256 that the card gives."""
    case = loaded(name)
    card = case.card.table(table)
    content = case.path(table).read_bytes()
    assert len(content) == card.size
    assert hashlib.sha256(content).hexdigest() == card.sha256 == case.source(table)["sha256"]


@pytest.mark.parametrize("name", ["cdnow", "cdnow-sample", "retail"])
def test_transactions_have_the_canonical_columns(name):
    """Every case with transactions has customer, date and amount, and keeps leading zeros of customer numbers."""
    table = load_case(name).table("transactions")
    assert {"customer", "date", "amount"} <= set(table.columns)
    lengths = table["customer"].str.len()
    assert (lengths == lengths.iloc[0]).all()


def test_cdnow_has_the_published_sizes():
    """CDNOW has 69,659 purchases of 23,570 customers, and the sample 2,357 customers."""
    assert load_case("cdnow").table("transactions")["customer"].nunique() == 23570
    assert load_case("cdnow-sample").table("transactions")["customer"].nunique() == 2357


def test_the_complete_journey_has_the_published_sizes():
    """The Complete Journey has 1,469,307 lines of 2,469 households; its keys join, but for 17 products that the card names."""
    case = loaded("completejourney")
    lines = case.table("transactions")
    assert len(lines) == 1_469_307
    assert lines["customer"].nunique() == 2469
    assert set(case.table("demographics")["customer"]) <= set(lines["customer"])
    unknown = ~lines["product"].isin(case.table("products")["product"])
    assert (unknown.sum(), lines.loc[unknown, "product"].nunique()) == (4836, 17)
    sent = case.table("campaigns")
    assert set(sent["campaign"]) == set(case.table("campaign_descriptions")["campaign"])
    assert set(case.table("redemptions")["coupon"]) <= set(case.table("coupons")["coupon"])


def test_telco_is_a_table_of_contracts():
    """Telco has 7,043 customers of whom 1,869 left, and its columns play the roles of contracts."""
    from crmlab.data.roles import recognise

    table = loaded("telco").table("contracts")
    assert (len(table), table["lost"].sum()) == (7043, 1869)
    assert {"customer", "tenure", "lost", "fee"} <= set(recognise({n: n for n in table}, "contracts").roles)
    assert table.loc[table["total_charges"].isna(), "tenure"].eq(0).all()


def test_bank_calls_are_counted_every_five_minutes():
    """Bank calls are 169 counts on each of 164 weekdays."""
    table = loaded("bank-calls").table("calls")
    days = table.groupby(table["date"].dt.normalize()).size()
    assert (len(days), set(days)) == (164, {169})
    assert (days.index.day_of_week < 5).all()


def test_mobi_is_250_answers_to_24_questions():
    """The survey mobi is 250 by 24 on a scale from 1 to 10, and its blocks hold each item once."""
    case = load_case("mobi")
    survey = case.table("survey")
    assert survey.shape == (250, 24)
    assert (survey.min().min(), survey.max().max()) == (1, 10)
    assert sorted(item for items in case.blocks.values() for item in items) == sorted(survey.columns)


@pytest.mark.parametrize("name", NAMES)
def test_every_word_of_a_card_stands_in_both_languages(name):
    """No text of a card is empty in either language, and Chinese texts hold Chinese or a bare symbol."""
    for words in words_of(read_case_card(name)):
        assert words.en
        assert words.zh
        assert re.search(r"[\u4e00-\u9fff]", words.zh)
        assert not re.search(r"[\u4e00-\u9fff]", words.en)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_card_renders_as_markdown(name, lang):
    """A rendered card has a title, each table's checksum, each column, and even tables."""
    card = read_case_card(name)
    page = show_case(name, lang)
    assert page.startswith(f"# {card.title[lang]}\n")
    for table in card.tables:
        assert table.sha256 in page
        assert all(f"| `{column.name}` |" in page for column in table.columns)
    for block in re.findall(r"(?:^\|.*\n)+", page, flags=re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(widths) == 1


def test_the_card_of_retail_shows_its_truth():
    """The simulated case's card prints its true parameters, the real cases' cards have none."""
    page = show_case("retail")
    assert "| `alpha_weeks` | 4.2 |" in page
    assert "| `satisfaction → loyalty` | 0.5 |" in page
    assert not read_case_card("mobi").truth


def test_the_whole_case_has_a_fingerprint():
    """The checksum of a case of several tables is that of sha256sum's lines, and rows add up."""
    case = load_case("retail")
    lines = "".join(f"{case.source(table)['sha256']}  {table}.csv\n" for table in case.tables)
    source = case.source()
    assert source["sha256"] == hashlib.sha256(lines.encode()).hexdigest()
    assert source["rows"] == sum(len(case.table(table)) for table in case.tables)
    assert source["licence"] == "CC BY 4.0"


def test_a_mistyped_name_gets_a_suggestion():
    """An unknown case or table is an error that names the nearest and lists all."""
    with pytest.raises(ParameterError, match=r"Did you mean retail\? There are: bank, bank-calls, cdnow,"):
        load_case("retial")
    with pytest.raises(ParameterError, match="Did you mean survey"):
        load_case("retail").table("surveys")


def test_a_missing_distribution_names_its_install_line(monkeypatch):
    """Without the pip distribution, the error says how to get it, and the list says 'not available'."""

    def absent(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(catalogue.metadata, "files", absent)
    with pytest.raises(MissingExtraError, match=r'pip install "crmlab\[data-large\]"'):
        load_case("telco")
    with pytest.raises(MissingExtraError, match=r'pip install "crmlab\[data\]"') as caught:
        load_case("cdnow")
    assert "CDNOW" in str(caught.value)
    assert list_cases().set_index("name")["available"].to_dict() == {
        name: name in SIMULATED for name in NAMES
    }
    assert show_case("cdnow")


def copy_of_retail(tmp_path, monkeypatch):
    """Let the catalogue look at a copy of the retail case."""
    folder = tmp_path / "datasets" / "retail"
    folder.mkdir(parents=True)
    common = share("datasets") / "common.yaml"
    (tmp_path / "datasets" / common.name).write_bytes(common.read_bytes())
    for path in (share("datasets") / "retail").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(catalogue, "share", lambda name: tmp_path / name)
    return folder


def test_a_changed_file_is_refused(tmp_path, monkeypatch):
    """A case whose files are not the card's is not loaded, and all differences are told at once."""
    folder = copy_of_retail(tmp_path, monkeypatch)
    assert load_case("retail").path("survey") == folder / "survey.csv"
    (folder / "survey.csv").write_bytes((folder / "survey.csv").read_bytes().replace(b"\n", b"\r\n"))
    (folder / "complaints.csv").unlink()
    with pytest.raises(DataError) as caught:
        load_case("retail")
    assert len(caught.value.problems) == 2


def test_a_broken_card_is_named(tmp_path):
    """A card that lacks a part is an error that names the card."""
    path = tmp_path / "odd" / "card.yaml"
    path.parent.mkdir()
    path.write_text("name: odd\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"card\.yaml of 'odd'"):
        cards.read_card(path)


def test_the_repository_holds_no_copy_of_real_data():
    """Data that come with pip are not copied: such folders hold a card alone."""
    for name in ("cdnow", "cdnow-sample", "mobi", *LARGE):
        assert [path.name for path in (share("datasets") / name).iterdir()] == ["card.yaml"]
