"""A picture from the simulator's phone screen."""

from __future__ import annotations

from smsbot.wiring import Wiring
from tests.conftest import Phones
from tests.integration.attachments.parts import JPEG
from tests.integration.conftest import Browser
from tests.texts import WALT


def test_a_picture_can_be_sent_from_the_phone_screen(wiring: Wiring, phones: Phones, viewer: Browser) -> None:
    import io

    page = viewer.get("/simulator")
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    # nobody listens at the webhook's address here: the stand-in keeps the text all the same
    data = {
        "csrf_token": token,
        "phone": WALT,
        "body": "",
        "files": [
            (io.BytesIO(JPEG), "rash.jpg", "image/jpeg"),
            (io.BytesIO(b"BEGIN:VCARD"), "a.vcf", "text/vcard"),
        ],
    }
    viewer.client.post("/simulator/texts", data=data, content_type="multipart/form-data")
    (text,) = [one for one in phones.client.thread(WALT) if one["direction"] == "inbound"]
    assert [one["content_type"] for one in text["media"]] == ["image/jpeg", "text/vcard"]
    assert "[picture]" in viewer.get("/simulator/state").text
