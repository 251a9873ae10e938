"""Sealing: bound to table, row, column and key; and the blind index."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from smsbot.crypto import KeyFileError, Keys, SealError, Vault, make_keys, read_keys, write_keys


@pytest.fixture
def vault() -> Vault:
    return Vault(make_keys())


@pytest.mark.parametrize("text", ["", "chest pain", "ñ 🎂 \u202e \x00", "x" * 70_000])
def test_what_is_sealed_opens_again(vault: Vault, text: str) -> None:
    assert vault.open("messages", "1", "body", vault.seal("messages", "1", "body", text)) == text


@pytest.mark.parametrize(
    ("table", "row", "column"), [("notes", "1", "body"), ("messages", "2", "body"), ("messages", "1", "form")]
)
def test_a_value_that_was_moved_does_not_open(vault: Vault, table: str, row: str, column: str) -> None:
    sealed = vault.seal("messages", "1", "body", "secret")
    with pytest.raises(SealError):
        vault.open(table, row, column, sealed)


def test_a_value_that_was_altered_does_not_open(vault: Vault) -> None:
    sealed = bytearray(vault.seal("messages", "1", "body", "secret"))
    sealed[-1] ^= 1
    with pytest.raises(SealError):
        vault.open("messages", "1", "body", bytes(sealed))


def test_sealing_twice_gives_different_bytes(vault: Vault) -> None:
    assert vault.seal("t", "1", "c", "x") != vault.seal("t", "1", "c", "x")


def test_an_older_key_still_opens_and_the_current_one_seals() -> None:
    old = make_keys()
    new = make_keys()
    both = Vault(Keys(new.current, {**old.encryption, **new.encryption}, old.index))
    sealed = Vault(old).seal("t", "1", "c", "x")
    assert both.open("t", "1", "c", sealed) == "x"
    with pytest.raises(SealError, match=new.current):
        Vault(old).open("t", "1", "c", both.seal("t", "1", "c", "x"))


def test_the_blind_index_is_keyed_and_knows_its_purpose(vault: Vault) -> None:
    index = vault.blind_index("number", "+15615550110")
    assert index == vault.blind_index("number", "+15615550110")
    assert index != vault.blind_index("email", "+15615550110")
    assert index != Vault(make_keys()).blind_index("number", "+15615550110")


def test_the_key_file_is_private_and_never_overwritten(tmp_path: Path) -> None:
    path, keys = tmp_path / "keys.json", make_keys()
    write_keys(path, keys)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_keys(path) == keys
    with pytest.raises(FileExistsError):
        write_keys(path, make_keys())
    assert [one.name for one in tmp_path.iterdir()] == ["keys.json"]


@pytest.mark.parametrize("content", ["", "{}", '{"current": "a"}', "[]", '{"encryption": {}, "current": 1}'])
def test_a_damaged_key_file_says_what_to_do(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content)
    with pytest.raises(KeyFileError, match="copy you keep"):
        read_keys(path)


def test_keys_stay_out_of_repr() -> None:
    keys = make_keys()
    assert str(keys.index) not in repr(keys)
