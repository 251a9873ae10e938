"""A stateful stand-in for the provider's REST API and for the phones behind it, on loopback only.

It prints its base URL when it listens, and keeps everything in one file: it can be killed at any moment and
started again.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from flask import Flask, Response
from werkzeug.exceptions import HTTPException
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from smsbot.simulator.provider_app import rest
from smsbot.simulator.provider_callbacks import Pump
from smsbot.simulator.provider_calls import move_call
from smsbot.simulator.provider_control import control
from smsbot.simulator.provider_errors import ApiError
from smsbot.simulator.provider_gate import refusal
from smsbot.simulator.provider_inbound import deliver
from smsbot.simulator.provider_media import media_host
from smsbot.simulator.provider_network import Network, Settings
from smsbot.simulator.provider_state import Store

_log = logging.getLogger(__name__)
_HOST = "127.0.0.1"


def create_provider(
    state: Path | str,
    *,
    account: str,
    token: str,
    numbers: Sequence[str] = (),
    sms_url: str | None = None,
    sms_fallback_url: str | None = None,
    voice_url: str | None = None,
    **behaviour: Any,
) -> Flask:
    """The stand-in as a Flask app, its pump running. End it with `close_provider`.

    `state` is its file, made if missing; `behaviour` the other fields of Settings. URLs that are None stay as
    the file has them.
    """
    store = Store(Path(state))
    network = Network(store, Settings(account=account, token=token, **behaviour))
    urls = {"sms_url": sms_url, "sms_fallback_url": sms_fallback_url, "voice_url": voice_url}
    for number in numbers:
        network.set_number(number, **{name: url for name, url in urls.items() if url is not None})
    app = Flask(__name__, static_folder=None)
    app.extensions["provider"] = network
    app.extensions["pump"] = Pump(store, lambda kind, sid, payload: perform(network, kind, sid, payload))
    for blueprint in (rest, media_host, control):
        app.register_blueprint(blueprint)
    app.register_error_handler(ApiError, refusal)
    app.register_error_handler(Exception, _answer_failure)
    app.extensions["pump"].start()
    return app


def close_provider(app: Flask) -> None:
    """End the pump and every pause of the fault script. What is owed stays in the file."""
    network: Network = app.extensions["provider"]
    network.stopping.set()
    app.extensions["pump"].stop()
    network.webhooks.close()
    network.store.close()


def perform(network: Network, kind: str, sid: str, payload: dict[str, Any]) -> None:
    """Do one thing that is owed."""
    if kind == "receipt":
        network.move_message(sid, payload)
    elif kind == "call":
        move_call(network, sid, payload["status"])
    else:
        deliver(network, sid)


def _answer_failure(error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return refusal(ApiError(20404 if error.code == 404 else 20001))
    # Where, but not what: the words of an error may hold a text or a number.
    _log.error("%s\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
    return refusal(ApiError(20001 if isinstance(error, (KeyError, TypeError, ValueError)) else 20500))


class _QuietHandler(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing: addresses of requests hold numbers."""

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        """The fault script cut it: without this the server would wait for another request on it."""
        self.close_connection = True


def make_provider_server(app: Flask, port: int = 0) -> BaseWSGIServer:
    """A server on loopback, one thread for each connection; port 0 takes a free one."""
    return make_server(_HOST, port, app, threaded=True, request_handler=_QuietHandler)


@contextmanager
def serving(app: Flask, port: int = 0) -> Iterator[str]:
    """For tests: serves the app while the block runs, and gives its base URL."""
    server = make_provider_server(app, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://{_HOST}:{server.server_port}"
    finally:
        close_provider(app)
        server.shutdown()
        thread.join()
        server.server_close()


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m smsbot.simulator.provider", description=__doc__)
    parser.add_argument("--state", type=Path, required=True, help="file that keeps everything")
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    parser.add_argument("--account", required=True, help="AC and 32 hexadecimal digits")
    parser.add_argument(
        "--token", help="default: TWILIO_AUTH_TOKEN of the environment, where `ps` does not show it"
    )
    parser.add_argument("--number", dest="numbers", action="append", required=True, help="may be given again")
    parser.add_argument("--sms-url", help="webhook for texts")
    parser.add_argument("--sms-fallback-url")
    parser.add_argument("--voice-url", help="webhook for calls")
    parser.add_argument("--status-delay", type=float, default=0.5, help="seconds from accepted to delivered")
    parser.add_argument("--ring-seconds", type=float, default=30.0, help="how long a call rings")
    parser.add_argument("--opt-out", choices=("default", "advanced", "off"), default="default")
    parser.add_argument("--service-sid", help="messaging service the numbers belong to")
    arguments = parser.parse_args(argv)
    arguments.token = arguments.token or os.environ.get("TWILIO_AUTH_TOKEN")
    if not arguments.token:
        parser.error("--token or TWILIO_AUTH_TOKEN is needed")
    return arguments


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Serve until SIGTERM or Ctrl-C."""
    arguments = vars(_arguments(argv))
    port = arguments.pop("port")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    app = create_provider(arguments.pop("state"), **arguments)
    server = make_provider_server(app, port)
    sys.stdout.write(f"http://{_HOST}:{server.server_port}\n")
    sys.stdout.flush()
    try:
        server.serve_forever(poll_interval=0.1)
    except (SystemExit, KeyboardInterrupt):
        close_provider(app)
    # The interpreter would wait for webhooks that may take 15 seconds. They are owed, and on file.
    os._exit(0)


if __name__ == "__main__":
    main()
