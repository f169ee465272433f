"""A board of several shots, submitted together and saved as they finish.

python examples/batch_async.py [FOLDER]
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from cutaway import AsyncCutaway
from cutaway.media.picture import contact_sheet

BOARD = {
    "01-dawn": "a white boat floats on a lake at dawn",
    "02-storm": "a white boat floats on the ocean in the rain",
    "03-harbour": "seagulls fly left over a beach",
}


async def shoot(client: AsyncCutaway, name: str, prompt: str, folder: Path) -> Path:
    job = await client.videos.create(prompt=prompt, num_frames=24, size="640x360", style="watercolor")
    video = await job.wait(timeout=900)
    return await video.save(folder / f"{name}.mp4")


async def main(folder: Path) -> None:
    async with AsyncCutaway() as client:
        shots = [shoot(client, name, prompt, folder) for name, prompt in BOARD.items()]
        for finished in asyncio.as_completed(shots):
            path = await finished
            contact_sheet(path, path.with_suffix(".png"))
            print(path, path.with_suffix(".png"))


if __name__ == "__main__":
    board = Path(sys.argv[1] if len(sys.argv) > 1 else "board")
    board.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(board))
