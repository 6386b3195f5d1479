import sys

import pytest

from study.errors import StudyError
from study.registry import Source, load

TABLE = {"fraction": Source("fractions"), "broken": Source("study.no_such_module")}


def test_loads_the_function_of_the_named_module() -> None:
    from fractions import Fraction

    assert load(TABLE, "fraction", "Fraction") is Fraction


def test_only_the_entry_that_is_used_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    table = TABLE | {"colour": Source("colorsys")}
    load(table, "fraction", "Fraction")
    assert "colorsys" not in sys.modules
    load(table, "colour", "rgb_to_hsv")
    assert "colorsys" in sys.modules


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(StudyError, match=r"^unknown name 'nothing': choose one of broken, fraction$"):
        load(TABLE, "nothing", "Fraction")


def test_a_table_that_names_what_is_not_there_is_our_mistake_not_the_users() -> None:
    with pytest.raises(ModuleNotFoundError):
        load(TABLE, "broken", "build")
    with pytest.raises(AttributeError):
        load(TABLE, "fraction", "no_such_function")
