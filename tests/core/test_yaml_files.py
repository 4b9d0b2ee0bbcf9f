import pytest

from greenanalysis.core.errors import InputError
from greenanalysis.core.yaml_files import parse_yaml, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e-6", 1e-6), ("1E5", 1e5), ("-2.5e+3", -2500.0), (".5e1", 5.0), ("1.e3", 1000.0)],
)
def test_numbers_with_an_exponent_are_numbers(text, value):
    assert parse_yaml(f"a: {text}") == {"a": value}
    assert parse_yaml(f"[{text}, 1]") == [value, 1]


@pytest.mark.parametrize("text", ["'1e-6'", "1e-6x", "e5", "1e"])
def test_what_is_no_number_stays_a_text(text):
    assert isinstance(parse_yaml(f"a: {text}")["a"], str)


def test_a_key_that_stands_twice_is_told_with_both_lines(tmp_path):
    path = tmp_path / "twice.yaml"
    path.write_text("wacc: 0.07\nmarkets:\n  export: true\nwacc: 0.09\n")
    with pytest.raises(InputError, match=r"twice\.yaml.*'wacc'.*line 1.*line 4"):
        read_yaml(path, what="scenario")
    path.write_text("a:\n  b: 1\n  b: 2\n")
    with pytest.raises(InputError, match=r"'b'.*line 2.*line 3"):
        read_yaml(path, what="scenario")


def test_merged_keys_may_be_overridden():
    text = "one: &one {a: 1, b: 2}\ntwo:\n  <<: *one\n  b: 3\n"
    assert parse_yaml(text)["two"] == {"a": 1, "b": 3}


def test_keys_that_are_no_scalars_and_missing_files_are_refused(tmp_path):
    path = tmp_path / "odd.yaml"
    path.write_text("? [1, 2]\n: 3\n")
    with pytest.raises(InputError, match="cannot be read as YAML"):
        read_yaml(path, what="file")
    with pytest.raises(InputError, match="file .*none"):
        read_yaml(tmp_path / "none.yaml", what="file")
