"""What a cell says, and what is wrong with a row."""

from __future__ import annotations

from datetime import date

import pytest

from smsbot.patients.columns import arrange
from smsbot.patients.reading import read_table
from smsbot.patients.rows import Given, Record, Rows, read_rows

TODAY = date(2026, 11, 23)


def rows_of(text: str) -> Rows:
    table = read_table(text.encode())
    return read_rows(table, arrange(table.headers), TODAY)


def one(column: str, cell: str) -> Rows:
    quoted = '"' + cell.replace('"', '""') + '"'
    return rows_of(f"clinic_id,name,{column}\nA1,Jane Example,{quoted}\n")


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("1980-01-02", "1980-01-02"),
        ("01/02/1980", "1980-01-02"),
        ("1/2/1980", "1980-01-02"),
        ("1-2-1980", "1980-01-02"),
        ("12/31/1980", "1980-12-31"),
        ("1980-01-02 00:00:00", "1980-01-02"),
        ("1980-01-02T00:00:00", "1980-01-02"),
        ("1/2/1980 12:00:00 AM", "1980-01-02"),
        ('="1980-01-02"', "1980-01-02"),
        ("'01/02/1980", "1980-01-02"),
        ("19800102", "1980-01-02"),
        ("2-Jan-1980", "1980-01-02"),
        ("January 2, 1980", "1980-01-02"),
        ("2026-11-23", "2026-11-23"),
        ("", None),
        ("N/A", None),
    ],
)
def test_birth_dates_are_read_with_the_month_first(cell: str, kept: str | None) -> None:
    rows = one("birth_date", cell)
    assert rows.errors == ()
    assert rows.records[0].texts["birth_date"] == kept


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("(561) 555-0110", "+15615550110"),
        ("561.555.0110", "+15615550110"),
        ("15615550110", "+15615550110"),
        ("+1 561 555 0110", "+15615550110"),
        ("5615550110.0", "+15615550110"),
        ('="5615550110"', "+15615550110"),
        ("'5615550110", "+15615550110"),
        ("\u202a561-555-0110\u202c", "+15615550110"),
        ("+52 55 5555 0110", "+525555550110"),
    ],
)
def test_numbers_become_e164(cell: str, kept: str) -> None:
    rows = one("phone", cell)
    assert rows.errors == ()
    assert rows.records[0].numbers == (Given(kept, None, None),)


@pytest.mark.parametrize(
    ("column", "cell", "remedy"),
    [
        ("birth_date", "31/12/1980", "month first"),
        ("birth_date", "02.01.1980", "month first"),
        ("birth_date", "02/30/1980", "month first"),
        ("birth_date", "1/2/80", "write four"),
        ("birth_date", "29222", "format the column as a date"),
        ("birth_date", "2026-11-24", "future"),
        ("birth_date", "1880-01-01", "correct the year"),
        ("birth_date", "=TODAY()", "is a formula"),
        ("phone", "555-0110", "ten digits"),
        ("phone", "561-555-011", "ten digits"),
        ("phone", "000-000-0000", "ten digits"),
        ("phone", "161-555-0110", "ten digits"),
        ("phone", "call mom", "ten digits"),
        ("phone", "561-555-0110 (secret mom)", "ten digits"),
        ("phone", "5.61555E+09", "format the column as text"),
        ("phone", "=A1", "is a formula"),
        ("language", "Klingon-ish", "no language we know"),
        ("language", "Tagalog Cebuano", "no language we know"),
        ("address", "=1+2", "is a formula"),
        ("address", "x" * 501, "quotation mark"),
    ],
)
def test_a_wrong_cell_is_named_by_line_and_column_and_never_repeated(
    column: str, cell: str, remedy: str
) -> None:
    rows = one(column, cell)
    assert rows.records == ()
    (error,) = rows.errors
    assert str(error).startswith(f"line 2, {column}: ")
    assert remedy in str(error)
    assert cell not in str(error)


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("Spanish", "es"),
        ("ESPAÑOL", "es"),
        ("es-US", "es"),
        ("spa", "es"),
        ("Kreyòl", "ht"),
        ("Haitian Creole", "ht"),
        ("EN", "en"),
        ("pt", "pt"),
        ("", None),
        ("unknown", None),
    ],
)
def test_languages_are_read_by_name_or_code(cell: str, kept: str | None) -> None:
    assert one("language", cell).records[0].texts["language"] == kept


def test_a_row_says_everything_that_is_wrong_with_it() -> None:
    text = "clinic_id,name,birth_date,phone,phone_relation\n,none,nonsense,12,cousin\nA2,Ok,,,\n"
    rows = rows_of(text)
    assert [error.column for error in rows.errors] == [
        "clinic_id", "name", "birth_date", "phone", "phone_relation",
    ]  # fmt: skip
    assert [record.clinic_id for record in rows.records] == ["A2"]
    assert rows.nameless == 1


def test_ids_that_come_twice_are_errors_in_all_their_places() -> None:
    rows = rows_of("clinic_id,name\nA1,One\nA2,Two\na1 ,Three\nA1,\n")
    assert [record.clinic_id for record in rows.records] == ["A2"]
    doubled = [str(error) for error in rows.errors if error.column == "clinic_id"]
    assert doubled == [
        "line 2, clinic_id: the same as in line 4, 5: keep the row that is right.",
        "line 4, clinic_id: the same as in line 2, 5: keep the row that is right.",
        "line 5, clinic_id: the same as in line 2, 4: keep the row that is right.",
    ]
    assert rows.keys == {"a1", "a2"}


def test_a_row_with_a_cell_too_many_and_one_cut_off_name_nobody() -> None:
    rows = rows_of("clinic_id,name,address\nA1,Pérez, José,here\nA2,Ok,there\nA3,Cut o")
    assert [error.line for error in rows.errors] == [2, 4]
    assert "quotation marks" in str(rows.errors[0])
    assert "cut off" in str(rows.errors[1])
    assert rows.nameless == 2
    assert rows.keys == {"a2"}


def test_rows_may_end_early_as_excel_writes_them() -> None:
    rows = rows_of("clinic_id,name,address,phone\nA1,Jane\n")
    assert rows.records == (Record(2, "A1", {"name": "Jane", "address": None}, ()),)


def test_what_cannot_be_seen_is_taken_out_and_blanks_are_folded() -> None:
    rows = rows_of(
        'clinic_id,name,address\nA1,"  Ja\u200bne\u202e \x07 Example\xa0","12 Sample Ave\nApt 4"\n'
    )
    assert rows.records[0].texts == {"name": "Jane Example", "address": "12 Sample Ave Apt 4"}


def test_relations_and_limits_go_with_their_number() -> None:
    header = "clinic_id,name,phone,phone_relation,phone_may_be_told,phone2,phone2_relation,phone2_may_be_told"
    rows = rows_of(f"{header}\nA1,Jane,561-555-0110,,,561-555-0111,Mother,appointments\n")
    assert rows.records[0].numbers == (
        Given("+15615550110", "self", "everything"),
        Given("+15615550111", "parent", "appointments"),
    )
    other = rows_of(f"{header}\nA1,Jane,561-555-0110,partner,,,,\n")
    assert other.records[0].numbers == (Given("+15615550110", "partner", "nothing"),)


def test_one_number_given_twice_is_one_unless_it_is_said_to_be_two_things() -> None:
    same = rows_of("clinic_id,name,phone,phone2\nA1,Jane,5615550110,(561) 555-0110\n")
    assert same.records[0].numbers == (Given("+15615550110", None, None),)
    header = "clinic_id,name,phone,phone_relation,phone2,phone2_relation"
    other = rows_of(f"{header}\nA1,Jane,5615550110,self,5615550110,parent\n")
    assert [error.column for error in other.errors] == ["phone2"]


def test_a_file_without_columns_of_phones_says_nothing_about_them() -> None:
    assert rows_of("clinic_id,name\nA1,Jane\n").records[0].numbers is None
