"""A calendar at an address: fetched, or left alone when its server misbehaves."""

from __future__ import annotations

import threading
import time as real_time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from smsbot.shifts import fetch
from smsbot.shifts.errors import ShiftError
from smsbot.wiring import Wiring
from tests.integration.shifts.parts import NURSE, calendar, run, told


class Host:
    """A web server on this machine that answers by path."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.seen: list[str] = []

    def __call__(self, environ: dict[str, object], start: object) -> object:
        request = Request(environ)  # type: ignore[arg-type]
        self.seen.append(request.path)
        leads = {"/moved": "/rota.ics", "/round": "/round", "/file": "file:///etc/hostname",
                 "/out": "http://198.51.100.7/rota.ics", "/up": "https://localhost/rota.ics"}  # fmt: skip
        if request.path in leads:
            response = Response(status=302, headers={"Location": leads[request.path]})
            response.autocorrect_location_header = False
        elif request.path == "/rota.ics":
            response = Response(self.body, mimetype="text/calendar")
        elif request.path == "/huge":
            response = Response(b"x" * 65_536 for _ in range(1_000))
        elif request.path == "/drip":
            response = Response(self._drip())
        else:
            response = Response(status=404)
        return response(environ, start)  # type: ignore[arg-type]

    def _drip(self) -> Iterator[bytes]:
        for _ in range(100):
            real_time.sleep(0.1)
            yield b"x"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[tuple[Host, str]]:
    """The server and its address."""
    file = calendar(tmp_path, ("20261127T170000", "20261128T080000", NURSE))
    served = Host(Path(file).read_bytes())
    server = make_server("127.0.0.1", 0, served, threaded=True)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield served, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_calendar_is_imported_from_an_address(
    smsbot: CliRunner, wiring: Wiring, host: tuple[Host, str]
) -> None:
    for path in ("/rota.ics", "/moved"):
        assert "1 shifts imported" in run(smsbot, "import", host[1] + path).stderr
    assert told(wiring, "2026-11-28 02:00") == ["nurse"]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/round", "leads on and on"),
        ("/file", "cannot be used"),
        ("/out", "cannot be used"),  # plain http to another machine
        ("/up", "leads from http to https"),
        ("/missing?key=canary-9431", "answered 404"),
        ("/huge", "larger than 1 MB"),
        ("/drip", "takes too long"),
    ],
)
def test_an_address_that_misbehaves_is_left_and_its_secret_part_is_not_shown(
    host: tuple[Host, str], path: str, says: str
) -> None:
    began = real_time.monotonic()
    with pytest.raises(ShiftError, match=says) as caught:
        fetch.fetch(host[1] + path, seconds=0.5)
    assert real_time.monotonic() - began < 5
    assert len(host[0].seen) <= 4
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "place",
    ["http://198.51.100.7/a.ics", "ftp://localhost/a.ics", "file:///etc/hostname", "https://", "https://[::1/a",
     "HTTP://localhost.example/a.ics", "http://localhost@198.51.100.7/a.ics", "https://localhost:99999/"],
)  # fmt: skip
def test_an_address_that_is_not_https_or_this_machine_is_refused(place: str) -> None:
    with pytest.raises(ShiftError, match="cannot be used: give one that begins with https://"):
        fetch.fetch(place)


def test_a_host_that_is_not_there_and_a_file_too_large_are_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(ShiftError, match=r"localhost did not answer \(ConnectionError\)"):
        fetch.fetch("webcal://localhost:9/secret.ics")
    (tmp_path / "large.ics").write_bytes(b"x" * (fetch.MOST_BYTES + 1))
    with pytest.raises(ShiftError, match="larger than 1 MB"):
        fetch.fetch(str(tmp_path / "large.ics"))
