"""FastVideo's own HTTP layer, with no model behind it.

    python -m pip install --no-deps --target FOLDER fastvideo==0.2.1 cloudpickle aiofiles cachetools einops imageio \
        imageio-ffmpeg remote-pdb
    PYTHONPATH=FOLDER python benchmarks/layers/fastvideo_layer.py

Routes, request models, stores and file answers are FastVideo's. Its generator, which the server sets at its start
(`state.set_state`), is a stand-in that writes a grey film.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from absent import stand_in_for
from serving import clip, outcome, serve

MODEL = "FastVideo/FastWan2.1-T2V-1.3B-Diffusers"


def main() -> None:
    sys.stdout = sys.stderr
    stand_in_for("torchvision")
    from fastvideo.entrypoints.openai import api_server, state

    folder = Path(tempfile.mkdtemp(prefix="fastvideo-"))
    film = clip(folder / "film.mp4")

    class Generator:
        def generate_video(self, **asked: Any) -> dict[str, Any]:
            outcome(asked["prompt"], asked["output_path"], film)
            return {"generation_time": 0.1}

    @contextlib.asynccontextmanager
    async def without_a_model(_app: Any) -> Any:
        state.set_state(Generator(), SimpleNamespace(model_path=MODEL), str(folder))
        yield
        state.clear_state()

    api_server.lifespan = without_a_model
    serve(api_server.create_app(SimpleNamespace(model_path=MODEL), str(folder)))


main()
