"""The newest code starts on every home that an earlier version left, finds everything, and goes on."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from tests.system import NURSE, System, eventually, system_on

HOMES = sorted(Path(__file__).parent.glob("*.tar.gz"))


@pytest.mark.thorough
@pytest.mark.parametrize("archive", HOMES, ids=lambda path: path.name.removesuffix(".tar.gz"))
def test_a_home_left_by_an_earlier_version_goes_on(archive: Path, tmp_path: Path) -> None:
    expected = json.loads(archive.with_name(archive.name.removesuffix(".tar.gz") + ".json").read_text())
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    with system_on(tmp_path) as system:
        system.run()
        cases = {case["code"]: case for case in system.rows("cases")}
        for one in expected.values():
            assert cases[one["code"]]["state"] == one["state"]
            assert cases[one["code"]]["urgency"] == one["urgency"]
        assert every_body_opens(system, expected)
        # the alert that never left leaves now, and every text on a phone is one that a row knows of
        eventually(lambda: system.alerts(NURSE))
        eventually(lambda: {text["sid"] for text in system.alerts(NURSE)} <= sent(system))
        known = {text["sid"] for text in system.alerts(NURSE)}
        system.provider.text("+15615550199", "chest pain right now")
        eventually(lambda: {text["sid"] for text in system.alerts(NURSE)} - known)


def sent(system: System) -> set[str]:
    """The provider's ids of the alerts that left."""
    return {row["provider_id"] for row in system.rows("dispatches") if row["purpose"] == "alert"}


def every_body_opens(system: System, expected: dict[str, dict[str, str]]) -> bool:
    """Whether a signed-in nurse reads the texts."""
    import re

    import requests

    session = requests.Session()
    token = re.search(r'csrf_token" value="([^"]+)', session.get(f"{system.url}/sign-in").text)
    assert token
    sign_in = {
        "csrf_token": token[1],
        "email": "nurse@example.com",
        "password": "correct horse battery",
    }
    session.post(f"{system.url}/sign-in", data=sign_in)
    pages = [session.get(f"{system.url}/cases/{one['code']}").text for one in expected.values()]
    texts = [re.sub(r"<[^>]+>", "", page) for page in pages]
    return all(one["body"] in text for one, text in zip(expected.values(), texts, strict=True))


def test_there_is_a_home_for_every_finished_issue() -> None:
    assert HOMES
