from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofroom.errors import ProofroomError
from proofroom.interchange.table_file import SIZE_LIMIT, Table, csv_text, read_file, read_text
from proofroom.interchange.table_rows import ROW_LIMIT


def saved(folder: Path, data: bytes, name: str = "inputs.csv") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def values(table: Table) -> list[dict[str, str]]:
    return [row.values for row in table.rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_in_any_unicode_is_read_without_a_notice(tmp_path: Path, encoding: str) -> None:
    data = "mail,tone\nGrüße 東京,kind\n".encode(encoding)
    table = read_file(saved(tmp_path, data))
    assert values(table) == [{"mail": "Grüße 東京", "tone": "kind"}]
    assert table.losses == ()


def test_a_file_of_windows_is_read_with_a_notice_and_can_be_overridden(tmp_path: Path) -> None:
    path = saved(tmp_path, "mail;tone\nfine;fine\nGrüße;20 €\n".encode("cp1252"))
    table = read_file(path)
    assert values(table)[1] == {"mail": "Grüße", "tone": "20 €"}
    assert (table.encoding, table.losses[0].where) == ("cp1252", "inputs.csv, line 3")
    assert read_file(path, encoding="latin-1").losses == ()
    with pytest.raises(ProofroomError, match="line 3"):
        read_file(path, encoding="utf-8")
    with pytest.raises(ProofroomError, match="Choose another encoding"):
        read_file(path, encoding="no-such")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiter_and_line_end_are_found(delimiter: str, end: str) -> None:
    lines = [["mail", "tone"], ['"a, b; c"', "kind"], ['"two\n""lines"""', ""]]
    table = read_text(end.join(delimiter.join(cells) for cells in lines))
    assert values(table) == [
        {"mail": "a, b; c", "tone": "kind"},
        {"mail": 'two\n"lines"', "tone": ""},
    ]
    assert table.delimiter == delimiter


def test_one_column_of_prose_is_one_column() -> None:
    table = read_text("question\nIs it late\nWhere is it\n")
    assert values(table) == [{"question": "Is it late"}, {"question": "Where is it"}]


def test_a_column_called_name_names_the_inputs_if_it_tells_them_apart() -> None:
    assert [row.name for row in read_text("Name,x\na,1\nb,2\n").rows] == ["a", "b"]
    assert [row.name for row in read_text("name,x\na,1\na,2\n").rows] == ["", ""]


def test_ragged_rows_and_columns_without_a_name_are_told_with_their_line() -> None:
    table = read_text("a,,a,b\n1,2,3,4,5\n6\n,,,\n")
    assert values(table) == [{"a": "1", "b": "4"}, {"a": "6", "b": ""}]
    assert [(loss.what, loss.where) for loss in table.losses] == [
        ("Column 2", "line 1"),
        ("Column 3", "line 1"),
        ("1 cell", "line 2"),
        ("3 cells", "line 3"),
    ]


def test_an_open_quote_says_its_line() -> None:
    with pytest.raises(ProofroomError, match="line 3"):
        read_text('a,b\n1,2\n3,"4\n5,6\n')


def test_json_lines_and_arrays_are_rows(tmp_path: Path) -> None:
    lines = b'{"mail": "Hi", "n": 1.5}\n\n{"mail": null, "ok": true, "list": ["\xc3\xa9"]}\n'
    table = read_file(saved(tmp_path, lines, "x.jsonl"))
    assert [row.line for row in table.rows] == [1, 3]
    assert values(table)[1] == {"mail": "", "ok": "true", "list": '["é"]'}
    assert table.columns == ("mail", "n", "ok", "list")
    array = json.dumps([{"name": "first", "values": {"mail": "Hi"}}], indent=1)
    assert [(r.name, r.values) for r in read_text(array).rows] == [
        ("first", {"name": "first", "mail": "Hi"})
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1}\n{"a": NaN}', "NaN is not a JSON value.*line 2"),
        ('{"a": 1}\n{"a": 1', "not JSON.*line 2"),
        ('[{"a": 1},\n{"a" 1}]', "not JSON.*line 2"),
        ("[1, 2]", "not an object.*line 1"),
        ("[" * 100_000, "not JSON"),
        ('[{"a": ' + "[" * 200 + "]" * 200 + "}]", "more than 100 levels"),
        (" \n", "nothing in it"),
    ],
)
def test_json_that_cannot_be_taken_says_why_and_where(text: str, words: str) -> None:
    with pytest.raises(ProofroomError, match=words):
        read_text(text)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_no_sign_inside_a_json_text_ends_its_line(end: str) -> None:
    odd = "a\u2028b\u2029c\x85d"
    lines = [json.dumps({"mail": odd + str(n)}, ensure_ascii=False) for n in range(2)]
    table = read_text(end.join(lines))
    assert [(row.line, row.values["mail"]) for row in table.rows] == [
        (1, odd + "0"),
        (2, odd + "1"),
    ]


def test_a_delimiter_is_one_character() -> None:
    assert values(read_text("a.b\n1.2", delimiter=".")) == [{"a": "1", "b": "2"}]
    with pytest.raises(ProofroomError, match="“;;” is no delimiter"):
        read_text("a;;b\n1;;2", delimiter=";;")


def test_a_repeated_key_is_told() -> None:
    table = read_text('{"a": 1}\n{"a": 1, "a": 2}')
    assert values(table)[1] == {"a": "2"}
    assert (table.losses[0].what, table.losses[0].where) == ("The first “a”", "line 2")


def test_size_and_rows_are_bounded(tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(SIZE_LIMIT + 1)
    with pytest.raises(ProofroomError, match="larger than 64 MB"):
        read_file(large)
    with pytest.raises(ProofroomError, match="more than 100,000 rows"):
        read_text("a\n" + "1\n" * (ROW_LIMIT + 1))
    assert len(read_text("a,b\n" + "1,2,3\n" * 200).losses) == 51


def test_what_is_no_text_or_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProofroomError, match="not text"):
        read_file(saved(tmp_path, b"PK\3\4\0\0\0\0\1\2\3"))
    with pytest.raises(ProofroomError, match="cannot be read"):
        read_file(tmp_path / "nowhere.csv")
    with pytest.raises(ProofroomError, match="cannot be read"):
        read_file(tmp_path)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert next(csv.reader(io.StringIO(csv_text([cell], []), newline=""))) == ["'" + cell]


CELLS = st.text(
    alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=12
)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5))
def test_what_we_write_comes_back(pairs: list[tuple[str, str]]) -> None:
    rows = [(f"x{a}", f"y{b}") for a, b in pairs]  # x: so that none is empty or a formula
    table = read_text(csv_text(["mail", "tone"], rows), delimiter=",")
    assert [tuple(row.values.values()) for row in table.rows] == rows
    lines = "\n".join(json.dumps(dict(zip("ab", row, strict=True))) for row in rows)
    assert [tuple(row.values.values()) for row in read_text(lines).rows] == rows


@given(st.binary(max_size=200), st.sampled_from(["x.csv", "x.tsv", "x.jsonl", "x.json", "x"]))
def test_any_bytes_are_a_table_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str
) -> None:
    try:
        table = read_file(saved(tmp_path_factory.getbasetemp(), data, name))
    except ProofroomError:
        return
    assert all(set(row.values) <= set(table.columns) for row in table.rows)
    json.dumps(values(table)).encode()
