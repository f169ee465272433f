"""Regenerates words/emojibase.json: names of the pictograms in English, Korean and Japanese.

    npm pack emojibase-data@17.0.0
    python local_runtime/sprites/build_words.py emojibase-data-17.0.0.tgz

Reads the labels and tags of emojibase-data (MIT, see words/NOTICE) by code point and keeps, for each
sprite of words/sprites.json, what reads as a plain noun: the label where it is short, and the tags listed in
KEPT. People are left out: the reader builds their poses itself. So are words that a hand-written table already
claims or that two sprites share, and those in DROPPED, which mean something else in a prompt than the drawing
shows. Not used at run time.
"""

from __future__ import annotations

import json
import sys
import tarfile
from collections import Counter
from pathlib import Path

WORDS = Path(__file__).parents[1] / "cutaway_runtime" / "engine" / "draft" / "words"
LANGUAGES = ("en", "ko", "ja")
SUFFIXES = {"en": (" face",), "ko": (" 얼굴",), "ja": ("の顔",)}
LONGEST = {"en": 22, "ko": 7, "ja": 9}
KEPT = frozenset(
    word
    for word in """
    alpaca antelope bagel boba brachiosaurus bronco bumblebee burrito camcorder cog cupcake dinghy donut
    espresso frankfurter grandma grandpa hatchet headset hotcake kayak limousine maize martini
    matryoshka nectarine pancake puffer pup rucksack saxophone smoothie spoon stew stiletto taxi timber
    toboggan tortoise trolley violinist yacht 스튜 팬케이크 핫케이크 크레페 소시지 마티니 버블티 숟가락
    스푼 갈매기 シチュー フライパン 目玉焼き ギョーザ タピオカ パンケーキ
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
DROPPED = frozenset(
    word.strip()
    for word in """
    bat, black cat, cooking, dashing away, green apple, high voltage, locked, pill, pine decoration,
    red apple, red heart, wedding, horse racing, fishing, collision, classical building, hot beverage,
    검은 고양이, 결혼식, 고압 주의, 과녁 명중, 국, 물고기 깃발, 밤, 배, 벼, 빨간 사과, 빨간색 하트, 실,
    일본 장식, 차, 초록 사과, 파티, 할로윈, 힌두교 사원, 뜨거운 음료, 빨대와 컵, 스푼과 사발, 음료 팩,
    활, 책 여러 권, 소파와 전등, 네스팅 인형, 달려나감, 충돌, たこ, なべ, くり, 赤いハート, 赤リンゴ,
    青リンゴ, 門松, 釣り, 結婚式, 七夕, ひな祭り, 風に揺れる葉, 信号縦, 複数の音符, 閉じた錠, 建設中,
    歴史的な建物, そり競技, アールブイ車, 環のある惑星, 温かい飲み物, 料理, 衝突, 点心, 絵画,
    牛乳入りのコップ
    """.split(",")  # noqa: SIM905 - a list of words reads best as words
)
"""Labels that are no plain name of a thing, or whose colour word must stay a colour."""


def main(archive: Path) -> None:
    tables = {language: labels(archive, language) for language in LANGUAGES}
    sprites = json.loads((WORDS / "sprites.json").read_text(encoding="utf-8"))
    claimed = {language: ours(language) for language in LANGUAGES}
    found = {
        key: {language: names(tables[language], sprite["codepoint"], language) for language in LANGUAGES}
        for key, sprite in sprites.items()
        if "codepoint" in sprite and sprite["class"] != "person" and first_of(sprites, key, sprite["codepoint"])
    }
    times = {language: Counter(w for row in found.values() for w in row[language]) for language in LANGUAGES}
    lines = []
    for key, row in found.items():
        kept = {
            language: [w for w in words if w not in claimed[language] and times[language][w] == 1]
            for language, words in row.items()
        }
        kept = {language: words for language, words in kept.items() if words}
        if kept:
            lines.append(f"  {json.dumps(key)}: {json.dumps(kept, ensure_ascii=False)}")
    (WORDS / "emojibase.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"{len(lines)} sprites got words")


def labels(archive: Path, language: str) -> dict[str, dict[str, object]]:
    """Code point -> entry of emojibase-data in one language."""
    with tarfile.open(archive) as package:
        member = package.extractfile(f"package/{language}/data.json")
        assert member is not None
        return {entry["hexcode"]: entry for entry in json.load(member)}


def names(table: dict[str, dict[str, object]], codepoint: str, language: str) -> list[str]:
    """Short plain names of one drawing, label first."""
    entry = table.get(codepoint)
    if entry is None:
        return []
    label = str(entry["label"]).lower()
    for suffix in SUFFIXES[language]:
        label = label.removesuffix(suffix)
    words = [label, *(str(tag) for tag in entry.get("tags", []) if tag in KEPT)]  # type: ignore[attr-defined]
    return [w for w in dict.fromkeys(words) if usable(w, language)]


def usable(word: str, language: str) -> bool:
    plain = all(part.isalpha() for part in word.replace("-", " ").split())
    short = len(word) <= LONGEST[language] and (language != "en" or word.count(" ") < 2)
    return plain and short and word not in DROPPED and len(word) > (1 if language != "en" else 2)


def ours(language: str) -> set[str]:
    """Every word the hand-written tables use."""
    claimed: set[str] = set()
    for path in WORDS.glob("*.json"):
        if path.stem in {"sprites", "emojibase", "grammar"}:
            continue
        table = json.loads(path.read_text(encoding="utf-8"))
        for entry in table if isinstance(table, list) else table.values():
            claimed.update(word.rstrip("~") for word in entry.get(language, []))
    return claimed


def first_of(sprites: dict[str, dict[str, object]], key: str, codepoint: str) -> bool:
    """Whether `key` is the first sprite with this drawing; the others are variants of it."""
    return next(k for k, s in sprites.items() if s.get("codepoint") == codepoint) == key


if __name__ == "__main__":
    main(Path(sys.argv[1]))
