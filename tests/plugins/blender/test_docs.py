"""The script of docs/blender.md, run on a cut with one gap."""

import re
from pathlib import Path

import bpy

from cutaway_blender import compat, jobs

PAGE = Path(__file__).parents[3] / "docs" / "blender.md"


def test_the_script_of_the_page_fills_the_gaps_of_a_file(extension, shot, tmp_path, monkeypatch, capsys):
    for n in range(2):
        shot(f"s{n}", 1, 1 + 24 * n, 12)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "cut.blend"))
    (code,) = re.findall(r"^```py\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    monkeypatch.setattr(jobs, "TICK", 0.02)
    code = code.replace("bl_ext.user_default.cutaway", "cutaway_blender")
    quick = code.replace("    card.prompt =", '    card.model = "bars"\n    card.prompt =')  # paints in no time
    assert quick != code
    exec(compile(quick, str(PAGE), "exec"), {})
    assert "fill lies in its place" in capsys.readouterr().out
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "cut.blend"))
    spans = sorted(compat.span(s) for s in compat.strips(compat.editor(bpy.context.scene)))
    assert spans == [(1, 13), (13, 25), (25, 37)]
