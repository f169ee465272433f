"""A tiny checkpoint in the layout of the real ones, and a hub of this machine's own that serves it."""

import hashlib
import json
import struct
from collections import Counter
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote

COMMIT = "a" * 40
REPO = "Wan-AI/Wan2.1-T2V-1.3B-Diffusers"
MODEL = "wan-2.1-t2v-1.3b"
LARGE = (".safetensors", ".bin", ".gguf")
SIZE = {"F32": 4, "BF16": 2, "F16": 2, "U8": 1}


def safetensors(tensors, notes=None):
    """The bytes of a safetensors file with zeros in it: {name: (dtype, shape)}."""
    table, end = ({"__metadata__": notes} if notes else {}), 0
    for name, (dtype, shape) in tensors.items():
        length = SIZE[dtype]
        for side in shape:
            length *= side
        table[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [end, end + length]}
        end += length
    header = json.dumps(table).encode()
    return struct.pack("<Q", len(header)) + header + bytes(end)


WAN = {
    "_class_name": "WanTransformer3DModel",
    "num_attention_heads": 12,
    "attention_head_dim": 128,
    "num_layers": 30,
    "ffn_dim": 8960,
    "patch_size": [1, 2, 2],
}


def files_of_a_checkpoint():
    """Name -> bytes of a small Wan checkpoint: 6 + 8 + 10 parameters in its three models, and one large file."""
    return {
        "model_index.json": json.dumps(
            {
                "_class_name": "WanPipeline",
                "_diffusers_version": "0.42.1",
                "scheduler": ["diffusers", "UniPCMultistepScheduler"],
                "text_encoder": ["transformers", "UMT5EncoderModel"],
                "tokenizer": ["transformers", "T5TokenizerFast"],
                "transformer": ["diffusers", "WanTransformer3DModel"],
                "transformer_2": [None, None],
                "vae": ["diffusers", "AutoencoderKLWan"],
            }
        ).encode(),
        "scheduler/scheduler_config.json": b'{"_class_name": "UniPCMultistepScheduler", "flow_shift": 3.0}',
        "tokenizer/tokenizer.json": b'{"model": {"type": "Unigram", "vocab": [["a", 0.0]]}}',
        "tokenizer/tokenizer_config.json": b'{"tokenizer_class": "T5TokenizerFast"}',
        "tokenizer/spiece.model": b"\x0a\x0e\x0a\x05",
        "text_encoder/config.json": b'{"architectures": ["UMT5EncoderModel"], "d_model": 2}',
        "text_encoder/model.safetensors": safetensors({"shared.weight": ("BF16", (3, 2))}),
        "transformer/config.json": json.dumps(WAN).encode(),
        "transformer/diffusion_pytorch_model-00001-of-00002.safetensors": safetensors({"a": ("F32", (2, 2))}),
        "transformer/diffusion_pytorch_model-00002-of-00002.safetensors": safetensors({"b": ("U8", (300_000,))}),
        "transformer/diffusion_pytorch_model.safetensors.index.json": json.dumps(
            {
                "metadata": {},
                "weight_map": {
                    "a": "diffusion_pytorch_model-00001-of-00002.safetensors",
                    "b": "diffusion_pytorch_model-00002-of-00002.safetensors",
                },
            }
        ).encode(),
        "vae/config.json": b'{"_class_name": "AutoencoderKLWan", "temperal_downsample": [false, true, true]}',
        "vae/diffusion_pytorch_model.safetensors": safetensors({"z": ("F32", (10,))}),
        "LICENSE.txt": b"Apache License, Version 2.0",
    }


READ = frozenset(files_of_a_checkpoint())
"""What is read of it: everything."""
NOT_READ = {
    "README.md": b"# a model",
    "pipeline.py": b"raise SystemExit('code from a hub ran')",
    "transformer/diffusion_pytorch_model.bin": b"\x80\x04cos\nsystem\n",
    "transformer/diffusion_pytorch_model.fp16.safetensors": safetensors({"a": ("F16", (2, 2))}),
    "text_encoder/pytorch_model.bin": b"\x80\x04cos\nsystem\n",
    "assets/demo.mp4": b"\0" * 64,
    "whole-model.safetensors": safetensors({"x": ("F32", (4,))}),
}
"""What lies beside it in a repository, and is left there."""


def write(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


class Repos:
    """What the hub has: {repo: {name: bytes}}. `gated` ones want an account, `cut` ends a body after so many bytes,
    `damage` flips a byte of a file on its way, `asked` counts requests."""

    def __init__(self):
        self.files = {}
        self.gated = set()
        self.cut = {}
        self.damage = set()
        self.asked = Counter()
        self.ranges = []
        self.api = []

    def info(self, repo):
        siblings = []
        for name, content in sorted(self.files[repo].items()):
            git = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            entry = {"rfilename": name, "size": len(content), "blobId": git}
            if name.endswith(LARGE):
                digest = hashlib.sha256(content).hexdigest()
                entry["lfs"] = {"sha256": digest, "size": len(content), "pointerSize": 130}
            siblings.append(entry)
        return {
            "id": repo,
            "sha": COMMIT,
            "siblings": siblings,
            "gated": "auto" if repo in self.gated else False,
            "cardData": {"license": "apache-2.0"},
        }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        repos, path = self.server.repos, unquote(self.path.partition("?")[0])
        if path.startswith("/api/"):
            repos.api.append(path)
            repo = "/".join(path.split("/")[3:5])
            if (
                not path.startswith("/api/models/")
                or repo not in repos.files
                or path.split("/")[5:] not in ([], ["revision", "main"], ["revision", COMMIT])
            ):
                return self.answer(404, b"{}", {"X-Error-Code": "RepoNotFound"})
            return self.answer(200, json.dumps(repos.info(repo)).encode(), {"Content-Type": "application/json"})
        repo, _, rest = path[1:].partition("/resolve/")
        commit, _, name = rest.partition("/")
        repos.asked[name] += 1
        if repo in repos.gated:
            return self.answer(403, b"", {"X-Error-Code": "GatedRepo"})
        content = repos.files[repo].get(name)
        if content is None or commit != COMMIT:
            return self.answer(404, b"", {"X-Error-Code": "EntryNotFound"})
        if name in repos.damage:
            content = content[:-1] + bytes([content[-1] ^ 1])
        headers = {
            "X-Repo-Commit": COMMIT,
            "ETag": f'"{hashlib.sha256(content).hexdigest()}"',
            "Accept-Ranges": "bytes",
        }
        if wanted := self.headers.get("Range"):
            start = int(wanted.removeprefix("bytes=").partition("-")[0])
            repos.ranges.append((name, start))
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            return self.answer(206, content[start:], headers, name)
        return self.answer(200, content, headers, name)

    def answer(self, status, body, headers, name=None):
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut = self.server.repos.cut.get(name)
        self.wfile.write(body[:cut])
        self.wfile.flush()
        if cut is not None and cut < len(body):
            self.server.halted.set()
            self.server.go_on.wait(30)
            self.close_connection = True
