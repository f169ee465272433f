"""Jobs that exist already."""


def submitted(cli, count=1):
    return [cli("create", f"a red ball {n}", "--detach").stdout.strip() for n in range(count)]


def test_jobs_lists_what_the_server_has(cli):
    ids = submitted(cli, 2)
    listed = cli("jobs", "--json").object
    assert [job["id"] for job in listed["data"]] == ids
    shown = cli("jobs").stdout
    assert all(job_id in shown for job_id in ids)
    assert "a red ball" in shown


def test_a_turn_and_a_deadline_are_sent(cli, script):
    cli("create", "a ball", "--priority", "batch", "--deadline", "90", "--detach")
    sent = script.created[0]["cutaway"]
    assert (sent["priority"], sent["deadline_s"]) == ("batch", 90)


def test_no_jobs_is_said(cli):
    assert cli("jobs").stdout == "no jobs yet\n"


def test_wait_without_a_file_waits(cli):
    (job_id,) = submitted(cli)
    ended = cli("wait", job_id, "--json")
    assert (ended.code, ended.object["status"], ended.object["path"]) == (0, "completed", None)


def test_a_file_of_another_format_is_refused_before_the_wait(cli):
    (job_id,) = submitted(cli)
    ended = cli("wait", job_id, "-o", "ball.mov")
    assert ended.code == 2
    assert "whose file ends in .mp4" in ended.stderr


def test_save_fetches_a_finished_video_and_refuses_an_unfinished_one(cli, script):
    script.course = [("running", 10, {})]
    (job_id,) = submitted(cli)
    early = cli("save", job_id, "-o", "ball.mp4")
    assert early.code == 2
    assert not (cli.folder / "ball.mp4").exists()
    script.course = [("completed", 100, {})]
    assert cli("save", job_id, "-o", "ball.mp4").code == 0
    assert (cli.folder / "ball.mp4").exists()


def test_cancel_and_rm_take_several(cli, script):
    ids = submitted(cli, 2)
    cancelled = cli("cancel", *ids, "--json").object["data"]
    assert script.cancelled == ids
    assert [job["cutaway"]["state"] for job in cancelled] == ["cancelled", "cancelled"]
    assert [gone["deleted"] for gone in cli("rm", *ids, "--json").object["data"]] == [True, True]
    assert cli("jobs", "--json").object["data"] == []


def test_an_unknown_job_is_a_refusal(cli):
    ended = cli("wait", "video_none")
    assert ended.code == 2
    assert "there is no video 'video_none' here" in ended.stderr
