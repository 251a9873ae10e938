"""Files as clinics' systems and Excel write them."""

from __future__ import annotations

import pytest

from smsbot.patients.columns import ColumnsProblem, arrange, read_mapping_file
from smsbot.patients.reading import FileProblem, read_table

PLAIN = "clinic_id,name\r\nA1,José Pérez\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("cp1252"),
        PLAIN.encode("utf-16"),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode(),
        PLAIN.replace("\r\n", "\n").encode(),
        b"sep=;\r\n" + PLAIN.replace(",", ";").encode("cp1252"),
        b"\r\n" + PLAIN.encode() + b",\r\n\r\n",
    ],
)
def test_every_usual_way_of_writing_a_table_is_read_alike(raw: bytes) -> None:
    table = read_table(raw)
    assert table.headers == ("clinic_id", "name")
    assert [line.cells for line in table.lines] == [("A1", "José Pérez")]


def test_rows_are_named_by_the_line_they_begin_on() -> None:
    table = read_table(b'clinic_id,name,address\nA1,X,"12 Sample Ave\nApt 4"\n\nA2,Y,\n')
    assert [line.number for line in table.lines] == [2, 5]
    assert [line.number for line in read_table(b"sep=,\nclinic_id,name\nA1,X\n").lines] == [3]


@pytest.mark.parametrize(
    ("raw", "remedy"),
    [
        (b"", "is empty"),
        (b" \r\n\r\n", "is empty"),
        (b"PK\x03\x04rest", 'save it as "CSV UTF-8"'),
        (b"clinic_id,name\n\x81\x8d,\x90\n", "no encoding"),
        (b'clinic_id,name\nA1,X\nA2,"Secret Person\nA3,Z\n', "begins on line 3"),
        (b'clinic_id,name\nA1,"X "Secret" Y"\n', "begins on line 2"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do_and_nothing_of_its_content(
    raw: bytes, remedy: str
) -> None:
    with pytest.raises(FileProblem, match=remedy) as caught:
        read_table(raw)
    assert "Secret" not in str(caught.value)


def test_a_last_row_that_was_cut_off_is_marked() -> None:
    assert read_table(b"clinic_id,name,address\nA1,X,Y\nA2,Z").lines[-1].is_cut
    assert not read_table(b"clinic_id,name,address\nA1,X,Y\nA2,Z\n").lines[-1].is_cut
    assert not read_table(b"clinic_id,name,address\nA1,X,Y\nA2,Z,W").lines[-1].is_cut


def test_columns_are_found_whatever_their_case_and_blanks() -> None:
    headers = ["Clinic ID", "NAME", "Birth-Date", "Phone 1", "phone 2 relation", "phone2", "Insurance"]
    columns = arrange(headers)
    assert columns.places == {
        "clinic_id": (0,), "name": (1,), "birth_date": (2,), "phone": (3,), "phone2_relation": (4,),
        "phone2": (5,),
    }  # fmt: skip
    assert columns.unread == ("Insurance",)


def test_a_mapping_joins_columns_in_its_own_order_and_comes_before_equal_names() -> None:
    headers = ["MRN", "Last name", "First name", "name"]
    mapping = [("mrn", "clinic_id"), ("First  name", "name"), ("Last name", "name")]
    columns = arrange(headers, mapping)
    assert columns.places == {"clinic_id": (0,), "name": (2, 1)}
    assert columns.unread == ("name",)
    assert columns.theirs["name"] == "First name + Last name"


def test_a_mapping_file_is_toml() -> None:
    raw = b'[columns]\n"First name" = "name"\n"Last name" = "name"\n'
    assert list(read_mapping_file(raw)) == [("First name", "name"), ("Last name", "name")]
    for wrong in (b"columns = 1", b"[columns", b"[columns]\nx = 1", b"\xff"):
        with pytest.raises(ColumnsProblem):
            read_mapping_file(wrong)


@pytest.mark.parametrize(
    ("headers", "mapping", "remedy"),
    [
        (["name"], [], "no column for clinic_id"),
        (["Jane Secret", "01/02/1980"], [], "no column for clinic_id and name"),
        (["Jane Secret"], [("MRN", "clinic_id")], "no column 'MRN'"),
        (["clinic_id", "name"], [("name", "nome")], "no column of ours"),
        (["clinic_id", "name", "Phone", "phone1"], [], "2 columns called phone"),
        (["clinic_id", "name", "x", "x"], [("x", "language")], "2 columns called 'x'"),
        (["clinic_id", "name", "x", "y"], [("x", "language"), ("y", "language")], "map one"),
        (["clinic_id", "name", "phone2_relation"], [], "no phone2"),
    ],
)
def test_columns_that_do_not_fit_are_told_with_the_remedy(
    headers: list[str], mapping: list[tuple[str, str]], remedy: str
) -> None:
    with pytest.raises(ColumnsProblem, match=remedy) as caught:
        arrange(headers, mapping)
    assert "Secret" not in str(caught.value)
