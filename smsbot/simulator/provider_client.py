"""The phones' side of the stand-in provider, for the phone screens and for tests."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

import requests


class ProviderClient:
    """Talks to /_control of a running stand-in. Every method raises requests.HTTPError when it says no."""

    def __init__(self, base_url: str, account: str, token: str, timeout: float = 40.0) -> None:
        """`timeout` in seconds; a text that is waited for may take as long as a webhook and its fallback."""
        self._base = f"{base_url.rstrip('/')}/_control"
        self._auth = (account, token)
        self._timeout = timeout

    def text(
        self,
        sender: str,
        body: str,
        *,
        to: str | None = None,
        media: tuple[tuple[str, bytes], ...] = (),
        sid: str | None = None,
        wait: bool = True,
        deliver: bool = True,
    ) -> dict[str, Any]:
        """Text the clinic. With `wait` what its webhook came to (see `provider_inbound.deliver`), else `sid`.

        `media` are type and bytes; without `deliver` the provider keeps the text and the webhook misses it.
        """
        parts = [{"content_type": kind, "data": base64.b64encode(data).decode()} for kind, data in media]
        text = {
            "from": sender,
            "to": to,
            "body": body,
            "media": parts,
            "sid": sid,
            "wait": wait,
            "deliver": deliver,
        }
        return self._object("POST", "texts", text)

    def replay(
        self, sid: str, copies: int = 1, delay: float = 0.0, *, wait: bool = True
    ) -> list[dict[str, Any]]:
        """The same webhook again, all copies at once; what each came to, if waited for."""
        order = {"sid": sid, "copies": copies, "delay": delay, "wait": wait}
        return list(self._object("POST", "replay", order).get("deliveries", []))

    def thread(self, number: str) -> list[dict[str, Any]]:
        """The texts of one phone, both ways, oldest first."""
        return self._list("GET", f"phones/{quote(number)}")

    def messages(self, number: str = "") -> list[dict[str, Any]]:
        """All texts, or those with this number, oldest first."""
        return self._list("GET", f"messages?with={quote(number)}")

    def ledger(self) -> list[dict[str, Any]]:
        """Every create request that was accepted, in order."""
        return self._list("GET", "ledger")

    def media_requests(self) -> list[dict[str, Any]]:
        """Every request for an attachment's bytes: `sid`, `host`, `path`, `has_credentials`."""
        return self._list("GET", "media-requests")

    def calls(self) -> list[dict[str, Any]]:
        """All calls, oldest first."""
        return self._list("GET", "calls")

    def answer(self, sid: str, *digits: str, answered_by: str = "human") -> dict[str, Any]:
        """Pick up a call and type these digits, one string a question; what was `heard` and `posted`."""
        return self._object("POST", f"calls/{sid}/answer", {"digits": digits, "answered_by": answered_by})

    def decline(self, sid: str, status: str = "busy") -> dict[str, Any]:
        """Let a call come to busy, no-answer or failed."""
        return self._object("POST", f"calls/{sid}/answer", {"status": status})

    def faults(self, *rules: dict[str, Any]) -> list[dict[str, Any]]:
        """Add rules, if any are given; all in force, with their counts `seen` and `fired`."""
        return self._list("POST", "faults", list(rules)) if rules else self._list("GET", "faults")

    def clear_faults(self) -> None:
        """End the fault script."""
        self._list("DELETE", "faults")

    def change_settings(self, **changes: Any) -> dict[str, Any]:
        """Change `status_delay`, `ring_seconds`, `opt_out` or `service_sid`."""
        return self._object("POST", "settings", changes)

    def reset(self) -> None:
        """Forget everything but the numbers."""
        self._object("POST", "reset", {})

    def _object(self, method: str, path: str, order: Any = None) -> dict[str, Any]:
        return dict(self._ask(method, path, order))

    def _list(self, method: str, path: str, order: Any = None) -> list[dict[str, Any]]:
        return list(self._ask(method, path, order))

    def _ask(self, method: str, path: str, order: Any) -> Any:
        with requests.Session() as session:
            session.trust_env = False  # a proxy of the environment must not come between
            url = f"{self._base}/{path}"
            response = session.request(method, url, json=order, auth=self._auth, timeout=self._timeout)
        response.raise_for_status()
        return response.json()
