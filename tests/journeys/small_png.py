"""Makes a picture of a screen small: few colours, as a PNG with a palette. The browser itself counts them."""

from __future__ import annotations

import base64
import struct
import zlib
from pathlib import Path

from playwright.sync_api import Browser

# Colours that are nearly the same become the commonest of them; at most 64 of these stay.
_COUNT = """async (data) => {
  const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], {type: "image/png"}));
  const {width, height} = image;
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.drawImage(image, 0, 0);
  const points = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
  const exact = new Map();
  for (const point of points) exact.set(point, (exact.get(point) || 0) + 1);
  const alike = new Map();
  for (const [colour, count] of [...exact].sort((one, other) => other[1] - one[1])) {
    const key = colour & 0xf0f0f0;
    const found = alike.get(key) || {colour, count: 0};
    found.count += count;
    alike.set(key, found);
  }
  const kept = [...alike.values()].sort((one, other) => other.count - one.count).slice(0, 64);
  const channels = (colour) => [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255];
  const palette = kept.map((one) => channels(one.colour));
  const places = new Map();
  for (const colour of exact.keys()) {
    const [red, green, blue] = channels(colour);
    let best = 0, least = Infinity;
    palette.forEach((one, place) => {
      const far = (one[0] - red) ** 2 + (one[1] - green) ** 2 + (one[2] - blue) ** 2;
      if (far < least) [best, least] = [place, far];
    });
    places.set(colour, best);
  }
  let text = "";
  for (let start = 0; start < points.length; start += 32768)
    text += String.fromCharCode(...points.subarray(start, start + 32768).map((one) => places.get(one)));
  return {width, height, palette: palette.flat(), points: btoa(text)};
}"""


def make_small(folder: Path, browser: Browser) -> None:
    """Write every picture of this folder anew with a palette."""
    page = browser.new_page()
    for path in sorted(folder.glob("*.png")):
        found = page.evaluate(_COUNT, base64.b64encode(path.read_bytes()).decode())
        points = base64.b64decode(found["points"])
        path.write_bytes(_png(found["width"], found["height"], bytes(found["palette"]), points))
    page.close()


def _png(width: int, height: int, palette: bytes, points: bytes) -> bytes:
    """https://www.w3.org/TR/png/: header, palette, rows that each begin with filter 0, end."""
    rows = b"".join(b"\0" + points[start : start + width] for start in range(0, width * height, width))
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
