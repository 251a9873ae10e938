"""The spool: sealed files, in order, each deleted only once its text was taken in."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from smsbot.crypto import Vault, make_keys
from smsbot.spool import Kept, Spool

AT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SECRET = "canary-7735"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def spool(folder: Path) -> Spool:
    return Spool(folder, Vault(make_keys()))


def text(body: str) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"MessageSid", b"SM1"), (b"Body", body.encode()))


def drained(spool: Spool) -> list[str]:
    found: list[Kept] = []
    spool.drain(found.append)
    return [dict(one.fields)[b"Body"].decode() for one in found]


def test_a_text_comes_out_as_it_went_in(spool: Spool) -> None:
    fields = ((b"Body", b"caf\xff \xf0\x9f\x8e\x82\x00"), (b"From", b"+15615550110"), (b"Empty", b""))
    spool.keep(fields, AT, "call 911")
    found: list[Kept] = []
    assert spool.drain(found.append) == 1
    assert found == [Kept(fields, AT, "call 911")]


def test_texts_come_out_in_the_order_they_came_in(spool: Spool) -> None:
    for number in (3, 1, 2):
        spool.keep(text(str(number)), AT + timedelta(microseconds=number))
    assert drained(spool) == ["1", "2", "3"]
    assert drained(spool) == []


def test_a_file_is_sealed_whole_and_for_its_owner_alone(spool: Spool, folder: Path) -> None:
    spool.keep(text(SECRET), AT)
    (path,) = folder.iterdir()
    assert SECRET.encode() not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_file_and_folder_are_flushed_to_the_disk(
    spool: Spool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []
    really = os.fsync

    def fsync(descriptor: int) -> None:
        flushed.append(os.fstat(descriptor).st_ino)
        really(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    spool.keep(text("hello"), AT)
    (path,) = folder.iterdir()
    # the new folder's name, the text, the text's name
    assert flushed == [one.stat().st_ino for one in (folder.parent, path, folder)]


def test_a_text_stays_until_it_was_taken_in(spool: Spool) -> None:
    spool.keep(text("first"), AT)
    spool.keep(text("second"), AT + timedelta(seconds=1))

    def database_is_gone(kept: Kept) -> None:
        raise OperationalError("", {}, Exception())

    with pytest.raises(OperationalError):
        spool.drain(database_is_gone)
    assert drained(spool) == ["first", "second"]


def test_a_text_that_cannot_be_taken_in_does_not_hold_the_others(spool: Spool) -> None:
    spool.keep(text("poison"), AT)
    spool.keep(text("fine"), AT + timedelta(seconds=1))

    def receive(kept: Kept) -> None:
        if dict(kept.fields)[b"Body"] == b"poison":
            raise RuntimeError

    assert spool.drain(receive) == 1
    assert drained(spool) == ["poison"]


@pytest.mark.parametrize("damage", ["cut", "empty", "altered", "renamed", "other keys", "no text"])
def test_damaged_files_are_set_aside_and_never_deleted(spool: Spool, folder: Path, damage: str) -> None:
    spool.keep(text("damaged"), AT)
    (path,) = folder.iterdir()
    sealed = path.read_bytes()
    if damage == "renamed":
        path = path.rename(path.with_stem("0" + path.stem[1:-1] + "x"))
    elif damage == "other keys":
        spool = Spool(folder, Vault(make_keys()))
    elif damage == "no text":
        path.write_bytes(spool._vault.seal("spool", path.stem, "text", "[]"))
    else:
        content = {"cut": sealed[:-5], "empty": b"", "altered": sealed[:-1] + bytes([sealed[-1] ^ 1])}
        path.write_bytes(content[damage])
    spool.keep(text("fine"), AT + timedelta(seconds=1))
    kept_as_it_was = path.read_bytes()
    assert drained(spool) == ["fine"]
    assert (folder / "damaged" / path.name).read_bytes() == kept_as_it_was
    assert drained(spool) == []


def test_a_full_disk_is_said_and_leaves_nothing_behind(
    spool: Spool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    folder.mkdir()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        spool.keep(text("hello"), AT)
    assert list(folder.iterdir()) == []


def test_a_half_written_draft_is_no_text(spool: Spool, folder: Path) -> None:
    spool.keep(text("hello"), AT)
    (folder / ".00001.draft").write_bytes(b"half")
    assert drained(spool) == ["hello"]
    assert not (folder / "damaged").exists()


def test_an_empty_or_missing_folder_drains_to_nothing(spool: Spool) -> None:
    assert spool.drain(lambda kept: None) == 0
