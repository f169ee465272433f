"""A small language model in this process: a folder of safetensors with a chat template, through transformers.

Loaded for one question and gone again, so that the denoiser has the memory to itself. Weights are never
pickles, and no code of the folder runs.
"""

from __future__ import annotations

import gc
import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cutaway_runtime.expand.instruction import ExpansionFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

READ: Final = ("*.safetensors", "*.json", "*.jinja", "*.model")
"""Files that an answer depends on."""
ROOM: Final = 1.5
"""A GPU is used where this many times the weights are free on it."""


@dataclass(frozen=True)
class LocalModel:
    """One folder. `seconds` bounds a question after loading, `max_tokens` the answer."""

    folder: Path
    seconds: float = 60.0
    max_tokens: int = 400

    @property
    def identity(self) -> str:
        """What an answer depends on, beside the question: the folder's files, by name, size and date."""
        if not self.folder.is_dir():
            raise ExpansionFailed("CUTAWAY_EXPANDER_MODEL_PATH is not a folder")
        files = sorted({file for pattern in READ for file in self.folder.glob(pattern)})
        said = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
        return f"{self.folder.name} {hashlib.sha256(repr(said).encode()).hexdigest()[:16]}"

    def answer(self, messages: Sequence[dict[str, str]], check: Callable[[], None]) -> str:
        """What the model says to `messages`, decoded greedily: the same question gets the same answer.

        Args:
            messages: as chat models take them.
            check: called before each token; what it raises ends the question.

        Raises:
            ExpansionFailed: the folder holds no such model, or the answer takes too long.
        """
        weights = sum(file.stat().st_size for file in self.folder.glob("*.safetensors"))
        if not weights:
            raise ExpansionFailed(f"{self.folder.name} holds no *.safetensors; nothing else is loaded")
        try:
            import torch
            import transformers
        except ImportError as error:
            raise ExpansionFailed(f'{error.name} is not installed: pip install "cutaway[models]"') from None
        check()
        device, dtype = _place(torch, weights)
        given: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(self.folder, **given)
            model = transformers.AutoModelForCausalLM.from_pretrained(
                self.folder, use_safetensors=True, dtype=dtype, **given
            )
        except Exception as error:  # noqa: BLE001 - whatever a foreign folder makes a library raise
            raise ExpansionFailed(f"{self.folder.name} could not be loaded: {self._plain(error)}") from None
        if tokenizer.chat_template is None:
            raise ExpansionFailed(f"{self.folder.name} has no chat template: it was not trained to follow instructions")
        try:
            return self._generated(torch, transformers, model.eval().to(device), tokenizer, messages, check)
        except (RuntimeError, ValueError, IndexError) as error:
            raise ExpansionFailed(f"{self.folder.name} failed: {self._plain(error)}") from None
        finally:
            del model
            gc.collect()
            if device == "cuda":
                torch.cuda.empty_cache()

    def _generated(
        self,
        torch: Any,
        transformers: Any,
        model: Any,
        tokenizer: Any,
        messages: Sequence[dict[str, str]],
        check: Callable[[], None],
    ) -> str:
        deadline = time.monotonic() + self.seconds

        class Between(transformers.StoppingCriteria):  # type: ignore[misc]
            """Between two tokens."""

            def __call__(self, input_ids: Any, _scores: Any, **_more: Any) -> Any:
                check()
                if time.monotonic() > deadline:
                    raise TimeoutError
                return torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)

        own = model.generation_config
        end = own.eos_token_id if own.eos_token_id is not None else tokenizer.eos_token_id
        first_end = end[0] if isinstance(end, list) else end
        greedy = transformers.GenerationConfig(
            do_sample=False,
            num_beams=1,
            max_new_tokens=self.max_tokens,
            eos_token_id=end,
            bos_token_id=own.bos_token_id,
            pad_token_id=tokenizer.pad_token_id if tokenizer.pad_token_id is not None else first_end,
        )
        asked = _templated(tokenizer, messages).to(model.device)
        try:
            with torch.inference_mode():
                told = model.generate(
                    **asked, generation_config=greedy, stopping_criteria=transformers.StoppingCriteriaList([Between()])
                )
        except TimeoutError:
            raise ExpansionFailed(f"{self.folder.name} did not answer within {self.seconds:g} s") from None
        answer: str = tokenizer.decode(told[0, asked["input_ids"].shape[1] :], skip_special_tokens=True)
        return answer

    def _plain(self, error: Exception) -> str:
        """The first line of an error, with no path of this machine."""
        lines = str(error).strip().splitlines() or [""]
        return f"{type(error).__name__}: {lines[0].replace(str(self.folder), self.folder.name)[:200]}"


def _templated(tokenizer: Any, messages: Sequence[dict[str, str]]) -> Any:
    """The tokens of a chat. A template that knows no system gets its words in front of the user's."""
    from jinja2 import TemplateError

    how = {"add_generation_prompt": True, "return_dict": True, "return_tensors": "pt", "enable_thinking": False}
    try:
        return tokenizer.apply_chat_template(list(messages), **how)
    except TemplateError:
        merged = {"role": "user", "content": "\n\n".join(message["content"] for message in messages)}
        return tokenizer.apply_chat_template([merged], **how)


def _place(torch: Any, weights: int) -> tuple[str, Any]:
    """Where to run, and in which precision: a GPU with room, else the processor."""
    if torch.cuda.is_available():
        free, _total = torch.cuda.mem_get_info()
        if free > ROOM * weights:
            return "cuda", torch.bfloat16
    return "cpu", torch.float32
