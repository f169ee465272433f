"""A tiny language model with random weights, built here, saved and loaded as any folder of somebody's is."""

import json
import pickle
import shutil
from pathlib import Path

import pytest

from cutaway_runtime.expand.instruction import Brief, ExpansionFailed, messages
from cutaway_runtime.expand.local import LocalModel

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

TEMPLATE = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>"
NO_SYSTEM = "{% if messages[0].role == 'system' %}{{ raise_exception('no system here') }}{% endif %}" + TEMPLATE
ASKED = messages(Brief("a red ball rolls left across a desert"))


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A Llama of two small layers and a tokenizer of letters and short pieces of the question."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    letters = Tokenizer(models.BPE())
    letters.pre_tokenizer, letters.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=["<pad>", "<end>"], initial_alphabet=alphabet, show_progress=False
    )
    letters.train_from_iterator([message["content"] for message in ASKED], trainer)
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=letters, eos_token="<end>", pad_token="<pad>")
    tokenizer.chat_template = TEMPLATE
    torch.manual_seed(3)
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=4096, eos_token_id=1, pad_token_id=0, bos_token_id=None,
    )  # fmt: skip
    model = transformers.LlamaForCausalLM(config)
    # What many published folders say; read, it would give another answer every time, or a warning.
    model.generation_config.update(do_sample=True, temperature=1.5, top_k=40)
    folder = tmp_path_factory.mktemp("lm") / "tiny-lm"
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def folder(saved, tmp_path):
    """A copy of the folder, to be changed."""
    return Path(shutil.copytree(saved, tmp_path / saved.name))


def go_on():
    """Nobody has cancelled."""


def failure(folder, check=go_on, **more):
    with pytest.raises(ExpansionFailed) as caught:
        LocalModel(folder, max_tokens=8, **more).answer(ASKED, check)
    assert str(folder.parent) not in str(caught.value), "no path of this machine travels"
    return str(caught.value)


def test_a_folder_answers_and_always_the_same(saved):
    answer = LocalModel(saved, max_tokens=12).answer(ASKED, go_on)
    assert answer
    torch.manual_seed(99)
    assert LocalModel(saved, max_tokens=12).answer(ASKED, go_on) == answer
    longer = LocalModel(saved, max_tokens=24).answer(ASKED, go_on)
    assert longer.startswith(answer[:4])
    assert len(longer) > len(answer)


def test_the_answer_is_that_of_the_bare_model_without_the_question(saved):
    tokenizer = transformers.AutoTokenizer.from_pretrained(saved, local_files_only=True)
    model = transformers.AutoModelForCausalLM.from_pretrained(saved, local_files_only=True).eval()
    ids = tokenizer.apply_chat_template(ASKED, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    tokens = ids["input_ids"][0].tolist()
    with torch.no_grad():
        for _ in range(6):
            tokens.append(int(model(torch.tensor([tokens])).logits[0, -1].argmax()))
    expected = tokenizer.decode(tokens[ids["input_ids"].shape[1] :], skip_special_tokens=True)
    assert LocalModel(saved, max_tokens=6).answer(ASKED, go_on) == expected


def test_a_template_without_a_system_gets_its_words_in_front(folder):
    (folder / "chat_template.jinja").write_text(NO_SYSTEM)
    merged = LocalModel(folder, max_tokens=6).answer(ASKED, go_on)
    (folder / "chat_template.jinja").write_text(TEMPLATE)
    one = [{"role": "user", "content": "\n\n".join(message["content"] for message in ASKED)}]
    assert merged == LocalModel(folder, max_tokens=6).answer(one, go_on)


def test_a_folder_without_a_chat_template_is_not_asked(folder):
    (folder / "chat_template.jinja").unlink()
    assert "no chat template" in failure(folder)


class Bomb:
    """A pickle that writes a file when it is opened."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return Path.touch, (self.marker,)


def test_a_pickle_is_never_opened(folder, tmp_path):
    marker = tmp_path / "opened"
    for name in ("pytorch_model.bin", "tokenizer.bin", "model.pt"):
        (folder / name).write_bytes(pickle.dumps(Bomb(marker)))
    assert LocalModel(folder, max_tokens=2).answer(ASKED, go_on) is not None
    (folder / "model.safetensors").unlink()
    assert "no *.safetensors" in failure(folder)
    assert not marker.exists()
    pickle.loads((folder / "model.pt").read_bytes())
    assert marker.exists(), "the trap works"


def test_code_in_a_folder_never_runs(folder, tmp_path):
    marker = tmp_path / "ran"
    (folder / "evil.py").write_text(f"open({str(marker)!r}, 'w').close()\nclass Model: pass\nclass Config: pass\n")
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "evil", "auto_map": {"AutoConfig": "evil.Config", "AutoModelForCausalLM": "evil.Model"}}
    (folder / "config.json").write_text(json.dumps(config))
    assert "could not be loaded" in failure(folder)
    assert not marker.exists()


def test_a_damaged_file_is_said(folder):
    (folder / "model.safetensors").write_bytes(b"\xff" * 64)
    assert "could not be loaded" in failure(folder)


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(ExpansionFailed, match="not a folder"):
        _ = LocalModel(tmp_path / "nothing").identity


def test_a_cancel_comes_out_between_two_tokens(saved):
    asked = iter([None] * 4)

    def check():
        try:
            next(asked)
        except StopIteration:
            raise KeyError("cancelled") from None

    with pytest.raises(KeyError, match="cancelled"):
        LocalModel(saved, max_tokens=400).answer(ASKED, check)


def test_patience_ends(saved):
    assert "did not answer within" in failure(saved, seconds=1e-9)


def test_other_weights_are_another_model(folder):
    before = LocalModel(folder).identity
    assert LocalModel(folder).identity == before
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes() + b" ")
    assert LocalModel(folder).identity != before
