"""The pipelines in examples/ci: they parse, and their shell steps do what the README says, on this machine."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

from cutaway.cli.exits import Exit

ROOT = Path(__file__).resolve().parents[4]
CI = ROOT / "examples/ci"


@pytest.fixture
def checkout(runtime, tmp_path):
    """A repository with the examples' manifest in it, drawn by the test picture; returns how a shell step runs there."""
    text = (CI / "assets.yaml").read_text("utf-8")
    assert "model: draft" in text
    text = text.replace("model: draft", "model: bars").replace("320x180", "64x36")
    text = text.replace("frames: 24", "frames: 8\n  seed: 0")  # of one seed, so that the bars go on as they were

    (tmp_path / "assets.yaml").write_text(text, "utf-8")
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "cutaway").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cutaway.cli "$@"\n')
    (commands / "cutaway").chmod(0o755)
    (commands / "python").symlink_to(sys.executable)
    environment = {**os.environ, "PATH": f"{commands}:{os.environ['PATH']}", "CUTAWAY_HOME": str(runtime)}
    environment |= {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}

    def step(script):
        shell = [shutil.which("bash") or "sh", "-e", "-c", script]
        return subprocess.run(
            shell, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    step.folder = tmp_path
    return step


def installs(script):
    return script.startswith("pip install")


def rendered(step):
    return json.loads((step.folder / "out/report.json").read_text())


@pytest.mark.slow
def test_the_github_workflow_runs(checkout):
    workflow = yaml.safe_load((CI / "github-actions.yml").read_text("utf-8"))
    assert set(workflow[True]) == {"push", "pull_request"}  # YAML 1.1 reads `on` as true; GitHub does not
    steps = workflow["jobs"]["render"]["steps"]
    scripts = [step["run"] for step in steps if "run" in step]
    assert sum(map(installs, scripts)) == 1
    for script in scripts:
        if not installs(script):
            ended = checkout(script)
            assert ended.returncode == 0, ended.stderr
    assert rendered(checkout)["totals"]["made"] == 8
    summary = (checkout.folder / "summary.md").read_text()
    assert "| opener-longer | made | 0." in summary
    cached = next(step for step in steps if step.get("uses", "").startswith("actions/cache@"))
    assert (checkout.folder / cached["with"]["path"]).is_dir()
    kept = next(step for step in steps if step.get("uses", "").startswith("actions/upload-artifact@"))
    assert (checkout.folder / kept["with"]["path"] / "index.html").is_file()


@pytest.mark.slow
def test_the_gitlab_pipeline_runs_and_restores_from_its_cache(checkout):
    pipeline = yaml.safe_load((CI / "gitlab-ci.yml").read_text("utf-8"))
    assert all(map(installs, pipeline["default"]["before_script"]))
    jobs = {name: job for name, job in pipeline.items() if isinstance(job, dict) and "script" in job}
    assert [job["stage"] for job in jobs.values()] == pipeline["stages"]
    for job in jobs.values():
        for script in job["script"]:
            ended = checkout(script)
            assert ended.returncode == 0, ended.stderr
            assert "\x1b" not in ended.stdout + ended.stderr
    assert rendered(checkout)["totals"]["failed"] == 0
    report = jobs["render"]["artifacts"]["reports"]["junit"]
    assert ET.parse(checkout.folder / report).getroot().get("tests") == "8"
    assert jobs["render"]["allow_failure"]["exit_codes"] == [int(Exit.OVER_BUDGET)]
    for path in jobs["render"]["artifacts"]["paths"]:
        assert (checkout.folder / path).exists()

    shutil.rmtree(checkout.folder / "out")
    assert checkout(jobs["render"]["script"][0]).returncode == 0
    assert rendered(checkout)["totals"]["restored"] == 8


def test_the_readme_names_every_file():
    text = (CI / "README.md").read_text("utf-8")
    assert all(path.name in text for path in CI.iterdir() if path.name != "README.md")
