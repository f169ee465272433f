"""SGLang Diffusion's own HTTP layer, with no model behind it.

    python -m pip install --no-deps --target FOLDER sglang==0.5.23 triton msgspec orjson pybase64 cloudpickle aiohttp \
        multidict yarl frozenlist propcache aiosignal aiohappyeyeballs attrs dill sentencepiece compressed-tensors \
        loguru cache-dit openai jiter sniffio distro pyzmq psutil addict imageio remote-pdb uvloop partial-json-parser \
        cachetools setproctitle einops gguf
    PYTHONPATH=FOLDER python benchmarks/layers/sglang_layer.py

Routes, request models, sampling parameters, stores and file answers are SGLang's. Its scheduler, which the routes reach
by one client object (`async_scheduler_client.forward`), is a stand-in that writes a grey film.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from absent import stand_in_for
from serving import clip, outcome, serve

MODEL = "Wan2.2-TI2V-5B-Diffusers"


def main() -> None:
    sys.stdout = sys.stderr
    os.environ |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    folder = Path(tempfile.mkdtemp(prefix="sglang-"))
    os.chdir(folder)  # where it puts outputs and uploads
    stand_in_for("IPython", "tvm_ffi", "torchvision", "dateutil")
    from fastapi import FastAPI
    from sglang.multimodal_gen.runtime import scheduler_client, server_args
    from sglang.multimodal_gen.runtime.entrypoints.openai import common_api, video_api
    from sglang.multimodal_gen.runtime.pipelines_core.schedule_batch import OutputBatch

    film = clip(folder / "film.mp4")

    async def forward(_client: Any, asked: Any) -> OutputBatch:
        batch = asked[0]
        path = str(batch.output_file_path(1, 0))
        await asyncio.to_thread(outcome, str(batch.prompt), path, film)
        return OutputBatch(output_file_paths=[path])

    type(scheduler_client.async_scheduler_client).forward = forward
    (folder / MODEL).mkdir()
    (folder / MODEL / "model_index.json").write_text('{"_class_name": "WanPipeline", "_diffusers_version": "0.40.0"}')
    arguments = server_args.ServerArgs.from_kwargs(model_path=str(folder / MODEL), num_gpus=1)
    arguments.served_model_name = MODEL
    server_args.set_global_server_args(arguments)
    app = FastAPI()
    app.include_router(common_api.router)
    app.include_router(video_api.router)
    app.state.prompt_enhancer = None
    serve(app)


main()
