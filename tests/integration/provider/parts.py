"""What the stand-in provider's tests speak with: the real SDK, and a make-believe clinic."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask, Response, request
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from smsbot.simulator.provider import make_provider_server

ACCOUNT, TOKEN = "AC" + "0" * 32, "a token of at least sixteen"
CLINIC, MARA, JOE = "+12025550100", "+12025550101", "+12025550102"
EMPTY = "<Response/>"


class StandInHttp(TwilioHttpClient):
    """The SDK's own client, with the provider's hosts exchanged for the stand-in."""

    def __init__(self, base_url: str, timeout: float = 5) -> None:
        super().__init__(timeout=timeout)
        self.base_url = base_url
        self.session.trust_env = False

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        return super().request(method, f"{self.base_url}{parts.path}{query}", *args, **kwargs)


class Clinic:
    """A make-believe web app: keeps what is posted to it, and answers by path from `answers`."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.answers: dict[str, Callable[[], Response]] = {}
        self.url = ""

    def app(self) -> Flask:
        app = Flask(__name__)

        @app.route("/<path:path>", methods=["GET", "POST"])
        def take(path: str) -> Response:
            self.posts.append((path, request.form.to_dict(), dict(request.headers)))
            return self.answers.get(path, lambda: twiml(EMPTY))()

        return app

    def forms(self, path: str) -> list[dict[str, str]]:
        return [form for at, form, _ in self.posts if at == path]

    def statuses(self, sid: str) -> list[str]:
        return [form["MessageStatus"] for form in self.forms("status") if form["MessageSid"] == sid]


def twiml(body: str, status: int = 200) -> Response:
    return Response(body, status, content_type="text/xml")


def until(condition: Callable[[], Any], seconds: float = 5) -> Any:
    """What the condition gives, once it holds."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
    return found


@contextmanager
def a_web_server(app: Flask) -> Iterator[str]:
    server = make_provider_server(app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def an_sdk(url: str, token: str = TOKEN, timeout: float = 5) -> Iterator[Client]:
    http = StandInHttp(url, timeout)
    yield Client(ACCOUNT, token, http_client=http)
    http.session.close()


def refused(call: Callable[[], Any]) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as caught:
        call()
    return caught.value.status, caught.value.code
