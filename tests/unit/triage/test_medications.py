"""Medicines named in a text, misspelt, dictated, in slang and in three languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from smsbot.triage.medications import find_medications, list_names
from smsbot.triage.normalise import fold


def _table() -> list[tuple[str, list[str]]]:
    lines = (Path(__file__).parent / "medications_table.txt").read_text(encoding="utf-8").splitlines()
    rows = (line.split("|") for line in lines if not line.startswith("#"))
    return [
        (body.strip(), [name.strip() for name in names.split(",") if name.strip()]) for body, names in rows
    ]


@pytest.mark.parametrize(("body", "names"), _table())
def test_the_table_of_texts_names_its_medicines(body: str, names: list[str]) -> None:
    assert sorted(list_names(find_medications(fold(body)))) == sorted(names)


@pytest.mark.parametrize(
    ("body", "classes"),
    [
        ("zoloft", {"ssri"}),
        ("effexor", {"snri"}),
        ("nardil", {"maoi", "antidepressant"}),
        ("elavil", {"tricyclic", "antidepressant"}),
        ("xanax", {"benzodiazepine"}),
        ("fioricet", {"barbiturate"}),
        ("norco", {"opioid"}),
        ("suboxone", {"buprenorphine", "opioid"}),
        ("lithium", {"lithium"}),
        ("vyvanse", {"stimulant"}),
        ("clozaril", {"clozapine", "antipsychotic"}),
        ("lamictal", {"lamotrigine", "anticonvulsant"}),
        ("wellbutrin", {"bupropion", "antidepressant"}),
        ("eliquis", {"blood_thinner"}),
        ("on a blood thinner", {"blood_thinner"}),
        ("ambien", {"sleep"}),
        ("lisinopril", {"blood_pressure"}),
        ("three beers", {"alcohol"}),
        ("cocaine", {"street_drug"}),
        ("advil", {"otc"}),
        ("ketamine", {"ketamine"}),
    ],
)
def test_a_medicine_brings_the_classes_that_rules_ask_for(body: str, classes: set[str]) -> None:
    (medication,) = find_medications(fold(body))
    assert medication.classes == classes


def test_a_medicine_is_found_where_it_stands_in_the_text_as_sent() -> None:
    body = "¿Puedo tomar   Lamb-Ictal hoy?"
    (medication,) = find_medications(fold(body))
    assert body[medication.start : medication.end] == "Lamb-Ictal"


def test_medicines_stand_in_the_order_of_naming_and_a_list_holds_each_once() -> None:
    medications = find_medications(fold("xanax, zoloft and xanax again"))
    assert [each.name for each in medications] == ["alprazolam", "sertraline", "alprazolam"]
    assert list_names(medications) == ("alprazolam", "sertraline")


def test_alcohol_and_words_for_a_class_are_found_but_not_listed() -> None:
    medications = find_medications(fold("wine with my sleeping pills"))
    assert [each.is_named for each in medications] == [False, False]
    assert list_names(medications) == ()


def test_one_name_may_stand_for_several_generics() -> None:
    assert list_names(find_medications(fold("contrave"))) == ("bupropion", "naltrexone")
