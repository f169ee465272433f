"""A picture file, through Pillow: a short list of formats, sizes checked before anything is decompressed."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, BinaryIO, Final

from PIL import ImageOps, UnidentifiedImageError

from cutaway.errors import UnreadableMedia
from cutaway.media.extra import Image, np
from cutaway.media.source import check_size

if TYPE_CHECKING:
    from pathlib import Path

    from cutaway.media.extra import Pixels
    from cutaway.media.sniff import Container

_ORIENTATION: Final = 0x0112
_TURNS: Final = {3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}
"""Degrees clockwise that an EXIF orientation asks for."""
_WITH_ALPHA: Final = {"RGBA", "LA", "PA", "La", "RGBa"}


class Still:
    """One picture as it is meant to be seen: EXIF orientation applied, 8 bits, RGB or RGBA."""

    def __init__(self, path: Path, file: BinaryIO, container: Container) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sizes, for which ours is the stricter limit, and of odd EXIF data
            try:
                picture = Image.open(file, formats=[container.name.upper()])
            except (Image.DecompressionBombError, UnidentifiedImageError) as fault:
                reason = "it is far too large" if isinstance(fault, Image.DecompressionBombError) else "it is damaged"
                raise UnreadableMedia(
                    f"{path.name} begins like {container.name.upper()} and cannot be read: {reason}", source=path
                ) from fault
        check_size(path, *picture.size)
        pictures = getattr(picture, "n_frames", 1) if container.name in {"gif", "webp"} else 1
        if pictures > 1:
            raise UnreadableMedia(
                f"{path.name} is an animation of {pictures} pictures; "
                "convert it to MP4 to use it as a clip, or save the picture that you want",
                source=path,
            )
        self.mode = picture.mode
        self.has_alpha = picture.mode in _WITH_ALPHA or "transparency" in picture.info
        self.rotation = _TURNS.get(picture.getexif().get(_ORIENTATION, 1), 0)
        width, height = picture.size
        self.size = (height, width) if self.rotation in {90, 270} else (width, height)
        self._picture = picture

    def check(self) -> None:
        """Decodes all of it once, and makes nothing of it: a picture that is damaged raises here."""
        self._picture.load()

    def pixels(self) -> Pixels:
        """(H, W, 3), or (H, W, 4) where the picture has alpha."""
        picture = ImageOps.exif_transpose(self._picture)
        if picture.mode.startswith("I"):  # 16-bit grey, which Pillow would clip and not scale
            grey = (np.asarray(picture).astype(np.uint32) + 128) // 257
            return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
        return np.array(picture.convert("RGBA" if self.has_alpha else "RGB"))

    def close(self) -> None:
        self._picture.close()
