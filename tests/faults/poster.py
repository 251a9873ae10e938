"""Posts prepared requests from a process of its own, all such processes beginning at one moment.

`python -m tests.faults.poster`: a JSON order on stdin, `[status, body]` of each answer as JSON on stdout.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

PROCESSES = 8


def post_all(order: dict[str, Any]) -> list[tuple[int, str]]:
    """Post each `[body, signature]` of the order to its url, one after the other, from `begin_at` on."""
    url = urlsplit(order["url"])
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=30)
    time.sleep(max(0.0, order["begin_at"] - time.time()))
    answers = []
    for body, signature in order["requests"]:
        connection.request(
            "POST",
            url.path,
            body.encode(),
            {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature},
        )
        answer = connection.getresponse()
        answers.append((answer.status, answer.read().decode()))
    return answers


def race(url: str, token: str, forms: Sequence[dict[str, str]]) -> list[tuple[int, str]]:
    """Post all these forms, signed, from eight processes at once."""
    from smsbot.twilio.signature import sign

    prepared = [
        (urlencode(form), sign(token, url, tuple((k.encode(), v.encode()) for k, v in form.items())))
        for form in forms
    ]
    begin_at = time.time() + 1.0  # by then every process has started
    running = [
        subprocess.Popen(
            [sys.executable, "-S", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(PROCESSES)
    ]
    for number, process in enumerate(running):
        order = {"url": url, "begin_at": begin_at, "requests": prepared[number::PROCESSES]}
        assert process.stdin
        process.stdin.write(json.dumps(order))
        process.stdin.close()
    answers: list[tuple[int, str]] = []
    for process in running:
        assert process.stdout
        answers += [(status, body) for status, body in json.load(process.stdout)]
        process.stdout.close()
        assert process.wait(timeout=60) == 0
    return answers


if __name__ == "__main__":
    json.dump(post_all(json.load(sys.stdin)), sys.stdout)
