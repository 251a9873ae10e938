"""The real system in real processes: started on a home of its own, asked from outside, ended by id."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import requests

from smsbot.config import SETTINGS
from smsbot.simulator.provider_client import ProviderClient
from smsbot.twilio.signature import sign

ROOT = Path(__file__).resolve().parent.parent
TEXT_LINE = "+15614097296"
NURSE = "+15615550150"
T = TypeVar("T")


def free_port() -> int:
    """A port whose successor is free too: the stand-in provider takes the one after ours."""
    for _ in range(200):
        port = 20_000 + secrets.randbelow(30_000)
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", port))
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    raise RuntimeError("no free pair of ports")


def clean_environ(**settings: str) -> dict[str, str]:
    """The environment without any setting of ours, plus these."""
    kept = ("PATH", "LANG", "LC_ALL", "TMPDIR")
    keep = {name: os.environ[name] for name in kept if name in os.environ}
    return {**keep, **dict.fromkeys(SETTINGS, ""), "HOME": "/nonexistent", **settings}


def eventually(look: Callable[[], T], seconds: float = 20.0, every: float = 0.05) -> T:
    """The first true answer; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"still {found!r} after {seconds} s"
        time.sleep(every)


def new_sid() -> str:
    """A message id as the provider makes them."""
    return "SM" + secrets.token_hex(16)


@dataclass
class System:
    """A simulator home and what runs on it."""

    home: Path
    port: int = field(default_factory=free_port)
    source: Path = ROOT  # another tree runs the same tests against changed code
    settings: dict[str, str] = field(default_factory=dict)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where the web server is."""
        return f"http://localhost:{self.port}"

    @property
    def environ(self) -> dict[str, str]:
        """Settings of this home, and the code to run."""
        return clean_environ(
            SMSBOT_HOME=str(self.home), PORT=str(self.port), PYTHONPATH=str(self.source), **self.settings
        )

    def command(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run `smsbot WORDS` to its end."""
        return subprocess.run(
            [sys.executable, "-m", "smsbot", *words],
            env={**self.environ, **environ},
            cwd=self.source,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def start(self, *command: str, **environ: str) -> subprocess.Popen[bytes]:
        """Start `python COMMAND` on this home; it logs into the folder of the home."""
        log = open(self.home.parent / "log.txt", "ab")  # noqa: SIM115
        process = subprocess.Popen(
            [sys.executable, *command],
            env={**self.environ, **environ},
            cwd=self.source,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        self.processes.append(process)
        return process

    def run(self) -> subprocess.Popen[bytes]:
        """`smsbot run`, ready to take texts."""
        process = self.start("-m", "smsbot", "run")
        self.await_ready(process)
        return process

    def await_ready(self, process: subprocess.Popen[bytes] | None = None, seconds: float = 45.0) -> None:
        """Wait until /readyz says so and the stand-in provider answers."""

        def is_ready() -> bool:
            assert process is None or process.poll() is None, self.log()
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"{self.url}/readyz", timeout=5).ok:
                    self.provider.faults()
                    return True
            return False

        eventually(is_ready, seconds)

    def log(self) -> str:
        """What the processes said."""
        return (self.home.parent / "log.txt").read_text(errors="replace")[-8000:]

    @property
    def account(self) -> dict[str, str]:
        """The account that the home made up."""
        made_up: dict[str, str] = json.loads((self.home / "simulator.json").read_text())
        return made_up

    @property
    def provider(self) -> ProviderClient:
        """The stand-in provider: its state and its ledger live in its own process."""
        account = self.account
        return ProviderClient(
            f"http://127.0.0.1:{self.port + 1}", account["account_sid"], account["auth_token"]
        )

    def alerts(self, number: str = NURSE) -> list[dict[str, Any]]:
        """What the provider accepted for this staff phone, by its own ledger."""
        return [one for one in self.provider.ledger() if one["to"] == number]

    def post(self, form: dict[str, str], **options: Any) -> requests.Response:
        """A signed webhook, straight to the web server."""
        url = f"{self.url}/twilio/sms"
        return post_signed(url, self.account["auth_token"], form, **options)

    def form(self, body: str, sender: str = "+15615550110", sid: str | None = None) -> dict[str, str]:
        """The form of one text."""
        return inbound_form(self.account["account_sid"], body, sender, sid)

    def rows(self, kind: str) -> list[dict[str, Any]]:
        """`smsbot KIND --json --all`."""
        done = self.command(kind, "--json", "--all")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def kill(self, process: subprocess.Popen[bytes], number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to one process and wait for its end."""
        process.send_signal(number)
        process.wait(timeout=20)

    def pids(self) -> dict[int, str]:
        """Every process on this home, by its environment or its folder: id and command."""
        found = {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                environ = (folder / "environ").read_bytes().split(b"\0")
                # the Redis server writes its title over its environment, but it stands in its data folder
                is_inside = (folder / "cwd").readlink().is_relative_to(self.home)
                if is_inside or f"SMSBOT_HOME={self.home}".encode() in environ:
                    command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
                    if command:
                        found[int(folder.name)] = command
        return found

    def kill_everything(self, spare: str = "") -> None:
        """kill -9 of every process on this home but those whose command holds `spare`."""
        for pid, command in self.pids().items():
            if not spare or spare not in command:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        eventually(lambda: not [c for c in self.pids().values() if not spare or spare not in c])
        for process in self.processes:
            if process.poll() is None and not (spare and process.pid in self.pids()):
                process.wait(timeout=10)

    def end(self) -> None:
        """End whatever is left."""
        self.kill_everything()


def patient_clinic() -> str:
    """The sample profile with a ladder that tells those on call by text, once, at any hour of the day.

    Tests of real processes run by the real clock: the sample would call by night, and go on after a minute.
    """
    sample = (ROOT / "smsbot" / "defaults" / "clinic.toml").read_text(encoding="utf-8")
    head = sample.partition("[[ladder.rule]]")[0]
    steps = 'steps = [{ after = 0, tell = ["on_call"], by = ["sms"] }]'
    return head + "".join(
        f'[[ladder.rule]]\nname = "{urgency}"\nurgency = "{urgency}"\n{steps}\nagain_minutes = 60\n'
        for urgency in ("emergency", "urgent", "routine")
    )


@contextlib.contextmanager
def system_on(folder: Path, *, is_patient: bool = True, **options: Any) -> Iterator[System]:
    """A system on a fresh home below this folder; everything is ended afterwards.

    Unless told otherwise with the ladder of `patient_clinic`.
    """
    home = folder / "home"
    home.mkdir(exist_ok=True)
    if is_patient:
        (home / "clinic.toml").write_text(patient_clinic(), encoding="utf-8")
    system = System(home, **options)
    try:
        yield system
    finally:
        system.end()


def inbound_form(
    account_sid: str, body: str, sender: str = "+15615550110", sid: str | None = None
) -> dict[str, str]:
    """The form that the provider posts for one text."""
    sid = sid or new_sid()
    return {
        "MessageSid": sid,
        "SmsSid": sid,
        "SmsMessageSid": sid,
        "AccountSid": account_sid,
        "From": sender,
        "To": TEXT_LINE,
        "Body": body,
        "NumMedia": "0",
        "NumSegments": "1",
        "FromCountry": "US",
    }


def post_signed(
    url: str, token: str, form: dict[str, str], timeout: float = 15, **headers: str
) -> requests.Response:
    """POST a form as the provider does."""
    fields = tuple((name.encode(), value.encode()) for name, value in form.items())
    return requests.post(
        url,
        data=urlencode(form),
        timeout=timeout,
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": sign(token, url, fields),
            **headers,
        },
    )
