"""The page about moving: what it shows of the stock client runs, from top to bottom. The rest of it runs in tests/docs."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/from-openai-videos.md"


def test_the_code_of_the_page(runtime, client, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_BASE_URL", f"{runtime.url}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", client.api_key)
    code = re.findall(r"^```py\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert len(code) == 6
    page = {"__name__": "__main__"}
    for number, block in enumerate(code, start=1):
        exec(compile(block, f"{PAGE.name} block {number}", "exec"), page)
    assert [take.status for take in page["takes"]] == ["completed"] * 2
    page["client"].close()
    whole = client.videos.download_content(page["video"].id).content
    assert Path("ball.part").read_bytes() == whole
    assert Path("ball.mp4").read_bytes()[4:8] == b"ftyp"
