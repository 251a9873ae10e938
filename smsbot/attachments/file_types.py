"""What kind of file some bytes are: said by the provider, held against what they begin with. Pure."""

from __future__ import annotations

import re

ANY = "application/octet-stream"

# What a browser may show on our pages: nothing in these can run.
SHOWN = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
_ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/heic": "heic",
    "image/heif": "heif",
    "image/bmp": "bmp",
    "image/tiff": "tiff",
    "audio/amr": "amr",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "video/3gpp": "3gp",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "application/pdf": "pdf",
    "text/vcard": "vcf",
    "text/plain": "txt",
}
_SAME = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "text/x-vcard": "text/vcard",
    "text/directory": "text/vcard",
    "audio/x-m4a": "audio/mp4",
    "audio/m4a": "audio/mp4",
    "audio/mp3": "audio/mpeg",
}
_SOUND_OR_VIDEO = re.compile(r"(audio|video)/[a-z0-9][a-z0-9.+-]{0,60}")


def kept_type(announced: str, data: bytes | None = None) -> str:
    """The type to keep a file under: one we know, else plain bytes for downloading.

    With its bytes: a picture for the browser is one only if they begin as such a picture does.
    """
    name = announced.partition(";")[0].strip().lower()
    name = _SAME.get(name, name)
    if name not in _ENDINGS and not _SOUND_OR_VIDEO.fullmatch(name):
        return ANY
    if data is not None and name in SHOWN:
        return picture_type(data) or ANY
    return name


def picture_type(data: bytes) -> str | None:
    """Which of the pictures that a browser may show these bytes are, by how they begin."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def file_name(position: int, content_type: str) -> str:
    """A name for the download that says nothing: `attachment-1.jpg`. The sender's own name is not kept."""
    ending = _ENDINGS.get(content_type)
    return f"attachment-{position + 1}.{ending}" if ending else f"attachment-{position + 1}"
