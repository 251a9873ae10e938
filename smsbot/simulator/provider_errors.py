"""How the provider says no: its own codes (https://www.twilio.com/docs/api/errors), in its own JSON."""

from __future__ import annotations

from typing import Any

REFUSALS: dict[int, tuple[int, str]] = {
    20001: (400, "Parameter is not valid"),
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "Internal Server Error"),
    21205: (400, "Url parameter is required"),
    21210: (400, "'From' phone number is not verified or not owned by this account"),
    21211: (400, "The 'To' number is not a valid phone number"),
    21220: (400, "Call is not in-progress. Cannot redirect"),
    21266: (400, "'To' and 'From' number cannot be the same"),
    21408: (400, "Permission to send an SMS has not been enabled for the region"),
    21602: (400, "Message body is required"),
    21603: (400, "A 'From' phone number is required"),
    21604: (400, "A 'To' phone number is required"),
    21606: (400, "The 'From' phone number provided is not a valid message-capable number of this account"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21612: (400, "Message cannot be sent with the current combination of 'To' and 'From'"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
}

FATES: dict[int, str] = {
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
    30034: "US A2P 10DLC - Message from an Unregistered Number",
}


class ApiError(Exception):
    """A refused request. `code` is the provider's; `body()` and `status` are what the caller gets."""

    def __init__(self, code: int, message: str | None = None) -> None:
        self.code = code
        self.status, default = REFUSALS.get(code, (400, "Refused"))
        self.message = message or default
        super().__init__(f"{code} {self.message}")

    def body(self) -> dict[str, Any]:
        """The error as the real API writes it."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
