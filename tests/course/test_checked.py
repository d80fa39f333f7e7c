"""What was checked against what: read from the markers of the tests, kept in a file that must not grow stale."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmlab.course import checked
from crmlab.errors import DataError

ROOT = Path(__file__).parents[2]

GOOD = '''
import pytest

@pytest.mark.checks("weights.ahp", "weights.ahp_group", kind="published", against="saaty2008")
@pytest.mark.checks("weights.ahp", kind="invariant")
@pytest.mark.parametrize("n", [1, 2])
def test_drinks(n):
    """Weights of Saaty et al. 2008 are met. More is said here.

    And here.
    """

def test_unmarked():
    """Nothing is claimed."""
'''


def _tree(tmp_path, source):
    (tmp_path / "tests").mkdir()
    (tmp_path / "book").mkdir()
    (tmp_path / "tests" / "test_weights.py").write_text(source, encoding="utf-8")
    return tmp_path


def test_markers_become_checks(tmp_path):
    """Each marker is a check, with the first sentence of the docstring, and the place of the test."""
    published, invariant = checked.collect(_tree(tmp_path, GOOD))
    assert published.functions == ("weights.ahp", "weights.ahp_group")
    assert (published.kind, published.against) == ("published", "saaty2008")
    assert published.says == "Weights of Saaty et al. 2008 are met."
    assert (invariant.kind, invariant.against) == ("invariant", "")
    assert invariant.test == "tests/test_weights.py::test_drinks"


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("", "names no function"),
        ('"weights.ahp", kind="publishd", against="x"', "published"),
        ('"weights.ahp", kind="second"', "against what"),
        ('"weights.ahp", kind="invariant", with_="x"', "not with_"),
        ("NAME, kind='invariant'", "literal"),
    ],
)
def test_markers_that_say_too_little_are_told(tmp_path, marker, message):
    """A marker without function, kind or counterpart is an error with file and line."""
    source = f'import pytest\n\n@pytest.mark.checks({marker})\ndef test_a():\n    """Says."""\n'
    with pytest.raises(DataError) as caught:
        checked.collect(_tree(tmp_path, source))
    assert message in str(caught.value)
    assert "tests/test_weights.py:3" in str(caught.value)


def test_a_test_without_docstring_is_told(tmp_path):
    """A check that says nothing to a reader is an error."""
    source = (
        'import pytest\n\n@pytest.mark.checks("weights.ahp", kind="invariant")\ndef test_a():\n    pass\n'
    )
    with pytest.raises(DataError, match="test_a has no docstring"):
        checked.collect(_tree(tmp_path, source))


def test_a_stale_list_is_told_and_mended(tmp_path):
    """The file that pages are made from is compared with the tests, and written from them."""
    root = _tree(tmp_path, GOOD)
    assert any("crmlab check --write" in line for line in checked.checks_problems(root))
    assert checked.write_checks(root) == 2
    told = checked.checks_problems(root)
    assert not any("--write" in line for line in told)
    assert any("no Chinese" in line for line in told)
    assert not any("references.bib" in line for line in told)


def test_a_package_without_tests_has_nothing_to_collect(tmp_path):
    """An installed package carries the list, not the tests: nothing is stale there, and nothing can be written."""
    assert checked.checks_problems(tmp_path) == []
    with pytest.raises(DataError, match="no tests"):
        checked.write_checks(tmp_path)


def test_the_list_of_this_package_is_what_its_tests_say():
    """The page shows the tests as they are; its works are in the bibliography and its sentences in the catalogue."""
    assert checked.checks_problems(ROOT) == []
    assert checked.read_checks() == checked.collect(ROOT)
