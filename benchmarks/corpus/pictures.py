"""Files somebody may send as a picture, to do harm or by mistake: each one named for its trick."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image, PngImagePlugin

SECRET = "Meet me at 37.5665 N 126.9780 E"
"""What a picture says of whoever took it, and what nobody else must be told."""


def saved(kind: str, size: tuple[int, int] = (64, 48), mode: str = "RGB", **more: Any) -> bytes:
    """A picture that is what it says, three quarters red."""
    out = io.BytesIO()
    picture = Image.new(mode, size, "red" if mode in {"RGB", "RGBA"} else 1)
    picture.save(out, kind, **more)
    return out.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, data: bytes = b"", *more: bytes, depth: int = 8, colour: int = 2) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(data or bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(more) + body + chunk(b"IEND", b"")


def described() -> dict[str, Any]:
    """All that a camera says of itself and of its owner: orientation, place, comment."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = SECRET
    exif.get_ifd(0x8825)[1] = SECRET
    return {"exif": exif, "comment": SECRET.encode()}


def tricks() -> dict[str, bytes]:
    """All of them."""
    plain = saved("JPEG")
    animation = [Image.new("RGB", (64, 48), (28 * n, 0, 0)) for n in range(9)]
    several = io.BytesIO()
    animation[0].save(several, "GIF", save_all=True, append_images=animation[1:])
    comments = PngImagePlugin.PngInfo()
    comments.add_text("Comment", "x" * (8 << 20), zip=True)
    many = [chunk(b"tEXt", b"a\0" + b"x" * 100)] * 3000
    colours = chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(64 << 20), 9))
    two_pictures = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(
        two_pictures, "MPO", save_all=True, append_images=[Image.new("RGB", (64, 48))]
    )
    return {
        "a PNG of 900 megapixels": png(30_000, 30_000, bytes(90_000)),
        "a PNG of 50 megapixels in a few kilobytes": png(8_000, 6_250, bytes(8_000 * 3 * 6_250 + 6_250)),
        "a PNG of 60 megapixels": png(8_000, 7_500),
        "a PNG 100,000 pixels wide": png(100_000, 1),
        "a PNG without pixels": png(300, 300),
        "a PNG of no size": png(0, 0),
        "a PNG of the largest size there is": png(2**31 - 1, 2**31 - 1),
        "a PNG of a colour that is none": png(8, 8, colour=7),
        "a PNG with a wrong checksum": saved("PNG")[:-5] + b"\0\0\0\0\0",
        "a PNG that ends": saved("PNG", (640, 480))[:60],
        "a PNG of a text that swells": saved("PNG", pnginfo=comments),
        "a PNG of three thousand texts": png(8, 8, bytes(8 * 25), *many),
        "a PNG of a profile that swells": png(8, 8, bytes(8 * 25), colours),
        "a PNG of more data than pixels": png(8, 8, bytes(50 << 20)),
        "a PNG of sixteen bits": saved("PNG", mode="I;16"),
        "a PNG of one bit": saved("PNG", mode="1"),
        "a JPEG that ends": b"\xff\xd8\xff\xe0" + b"x" * 100,
        "a JPEG of 60,000 pixels a side": plain.replace(struct.pack(">HH", 48, 64), b"\xea\x60\xea\x60", 1),
        "a JPEG cut in half": saved("JPEG", (640, 480))[:2000],
        "a JPEG that is turned and says where": saved("JPEG", **described()),
        "a JPEG turned in a way there is none": saved(
            "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\x63\0\0\0\0\0\0\0"
        ),
        "a JPEG whose directory is a circle": saved("JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\x08\0\0\0"),
        "a JPEG of four inks": saved("JPEG", mode="CMYK"),
        "a JPEG that is two pictures": two_pictures.getvalue(),
        "a JPEG with a page behind it": plain + b"<script>alert(1)</script>",
        "a GIF that moves": several.getvalue(),
        "a GIF of noise": b"GIF89a" + b"\xff" * 200,
        "a GIF of 65535 pixels a side": b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\2" + bytes(20),
        "a WebP that ends": b"RIFF\0\0\0\0WEBPVP8 " + bytes(30),
        "a WebP that lies about its size": saved("WEBP").replace(b"VP8 ", b"VP8X", 1),
        "a TIFF": saved("TIFF"),
        "a TIFF whose directory is a circle": b"II*\0\x08\0\0\0\0\0\x08\0\0\0" + bytes(40),
        "a bitmap": saved("BMP"),
        "an icon": saved("ICO"),
        "PostScript by another name": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n",
        "a drawing that reads files": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
    }
