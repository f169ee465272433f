"""What an install writes on three systems, and that an uninstall takes away exactly that."""

import json
import os
import stat
import sys
from hashlib import sha256
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from machines import SYSTEMS, machine_of, tree, with_resolve

from cutaway_davinci.install.installer import AppStoreBuild, Doing, InstallRefused, planned, removal, stale
from cutaway_davinci.install.record import Record, UnreadableRecord
from cutaway_davinci.launcher import Origin, origin

OWN_TREE = {
    "win32": "Users/Žaneta 映画/AppData/Roaming/Blackmagic Design/DaVinci Resolve/Support/Fusion/Scripts",
    "darwin": "Users/Žaneta 映画/Library/Application Support/Blackmagic Design/DaVinci Resolve/Fusion/Scripts",
    "linux": "Users/Žaneta 映画/.local/share/DaVinciResolve/Fusion/Scripts",
}
SHARED_TREE = {
    "win32": "ProgramData/Blackmagic Design/DaVinci Resolve/Fusion/Scripts",
    "darwin": "Library/Application Support/Blackmagic Design/DaVinci Resolve/Fusion/Scripts",
    "linux": "opt/resolve/Fusion/Scripts",
}


@pytest.fixture(params=SYSTEMS)
def machine(request, tmp_path):
    return with_resolve(machine_of(request.param, tmp_path))


def install(machine, **how):
    plan = planned(machine, python=sys.executable, **how)
    plan.carry_out()
    return plan


def uninstall(machine, **how):
    plan = removal(machine, **how)
    plan.carry_out()
    return plan


def test_the_menu_entry_lies_in_the_tree_that_resolve_reads(machine, tmp_path):
    install(machine)
    folder = tmp_path / OWN_TREE[machine.system] / "Utility"
    assert {path.name for path in folder.iterdir()} == {"Cutaway.py", "Cutaway (Lua check).lua"}


def test_for_all_users_it_lies_in_theirs_and_the_record_too(machine, tmp_path):
    before = tree(machine.home)
    install(machine, all_users=True)
    assert (tmp_path / SHARED_TREE[machine.system] / "Utility/Cutaway.py").is_file()
    assert tree(machine.home) == before
    record = Record.read(machine.record(all_users=True))
    assert record.scope == "all users"
    assert str(machine.home) not in record.home


def test_a_resolve_in_the_other_folder_of_linux_is_found(tmp_path):
    machine = machine_of("linux", tmp_path)
    (tmp_path / "home/resolve").mkdir(parents=True)
    assert machine.shared_scripts == tmp_path / "home/resolve/Fusion/Scripts"


@pytest.mark.parametrize("all_users", [False, True])
def test_the_dry_run_names_every_path_that_the_run_then_touches_and_no_other(machine, tmp_path, all_users):
    before = tree(tmp_path)
    plan = planned(machine, python=sys.executable, all_users=all_users)
    assert tree(tmp_path) == before
    plan.carry_out()
    named = {str(step.path.relative_to(tmp_path)): step.doing for step in plan.steps}
    after = tree(tmp_path)
    assert named.keys() == after.keys() - before.keys()
    for path, doing in named.items():
        assert doing is (Doing.MAKE if after[path] is None else Doing.WRITE)


def test_installed_twice_changes_nothing_the_second_time(machine, tmp_path):
    install(machine)
    before = tree(tmp_path)
    assert install(machine).steps == ()
    assert tree(tmp_path) == before


@pytest.mark.parametrize("all_users", [False, True])
def test_an_uninstall_leaves_nothing(machine, tmp_path, all_users):
    before = tree(tmp_path)
    install(machine, all_users=all_users)
    install(machine, all_users=all_users)
    uninstall(machine, all_users=all_users)
    assert tree(tmp_path) == before
    assert removal(machine, all_users=all_users) is None


def test_folders_that_were_there_stay_and_so_does_what_others_keep_in_those_we_made(machine, tmp_path):
    machine.own_scripts.mkdir(parents=True)
    install(machine)
    neighbour = machine.own_scripts / "Utility/Theirs.py"
    neighbour.write_text("print('hello')")
    plan = uninstall(machine)
    assert neighbour.read_text() == "print('hello')"
    (kept,) = [step for step in plan.steps if step.doing is Doing.KEEP]
    assert kept.path == neighbour.parent
    assert "Theirs.py" in kept.why
    neighbour.unlink()
    assert machine.own_scripts.is_dir()


def test_the_record_holds_hashes_and_the_interpreter(machine):
    install(machine)
    record = Record.read(machine.record())
    assert record.python == sys.executable
    assert (Path(record.packages) / "cutaway_davinci/agent/__init__.py").is_file()
    for file, written in record.files.items():
        assert sha256(Path(file).read_bytes()).hexdigest() == written


def test_the_menu_script_knows_where_the_record_lies_in_ascii(machine):
    install(machine)
    content = (machine.own_scripts / "Utility/Cutaway.py").read_bytes()
    assert ascii(str(machine.record())).encode() in content
    content.decode("ascii")


def test_a_foreign_file_of_the_name_is_kept_and_nothing_else_is_written(machine, tmp_path):
    foreign = machine.own_scripts / "Utility/Cutaway.py"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("# somebody's own\n")
    before = tree(tmp_path)
    with pytest.raises(InstallRefused, match=r"Cutaway\.py is not as cutaway wrote it"):
        planned(machine, python=sys.executable)
    assert tree(tmp_path) == before


def test_ours_that_was_edited_is_not_overwritten_and_outlives_an_uninstall(machine):
    install(machine)
    edited = machine.own_scripts / "Utility/Cutaway.py"
    edited.write_bytes(edited.read_bytes() + b"# mine\n")
    assert origin(edited) is Origin.EDITED
    with pytest.raises(InstallRefused):
        planned(machine, python=sys.executable)
    plan = uninstall(machine)
    assert edited.read_bytes().endswith(b"# mine\n")
    assert "not as cutaway wrote it" in next(str(step) for step in plan.steps if step.path == edited)
    assert not (edited.parent / "Cutaway (Lua check).lua").exists()


def test_an_edited_file_goes_where_its_owner_says_so(machine, tmp_path):
    before = tree(tmp_path)
    install(machine)
    edited = machine.own_scripts / "Utility/Cutaway.py"
    edited.write_bytes(b"")
    uninstall(machine, may_remove=lambda path: path == edited)
    assert tree(tmp_path) == before


def test_older_copies_of_ours_go_from_every_tree_under_whatever_name(machine):
    install(machine)
    ours = (machine.own_scripts / "Utility/Cutaway.py").read_bytes()
    old = [
        tree / folder / name
        for tree in machine.trees()
        for folder, name in (("Edit", "Cutaway panel.py"), (".", "cut.py"))
    ]
    theirs = [tree / "Edit/Other.py" for tree in machine.trees()]
    for path in (*old, *theirs):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(ours if path in old else b"# theirs\n")
    assert set(stale(machine, but=machine.own_scripts)) == {
        path for path in old if machine.own_scripts not in path.parents
    }
    plan = install(machine)
    assert {step.path for step in plan.steps} == set(old)
    assert not any(path.exists() for path in old)
    assert all(path.read_bytes() == b"# theirs\n" for path in theirs)


def test_an_older_copy_that_was_edited_is_kept_and_said(machine):
    install(machine)
    old = machine.shared_scripts / "Utility/Cutaway.py"
    old.parent.mkdir(parents=True)
    old.write_bytes((machine.own_scripts / "Utility/Cutaway.py").read_bytes() + b"x = 1\n")
    (step,) = install(machine).steps
    assert (step.doing, step.path) == (Doing.KEEP, old)
    assert old.exists()


def test_an_install_elsewhere_takes_the_last_one_away(machine, tmp_path):
    before = tree(tmp_path)
    install(machine, scripts_dir=tmp_path / "other/Scripts")
    install(machine)
    assert not list(tmp_path.glob("other/Scripts/Utility/*"))
    assert (machine.own_scripts / "Utility/Cutaway.py").is_file()
    uninstall(machine)
    assert tree(tmp_path) == before


def test_another_interpreter_is_an_upgrade_of_the_record_alone(machine):
    install(machine)
    plan = planned(machine, python="/another/python")
    assert [step.path for step in plan.steps] == [machine.record()]


def test_cutaways_home_is_made_for_its_owner_alone(machine):
    install(machine)
    assert stat.S_IMODE(machine.ours.stat().st_mode) == 0o700


def test_what_cannot_be_written_is_said_and_can_be_taken_back(machine, tmp_path):
    before = tree(tmp_path)
    plan = planned(machine, python=sys.executable)
    blocked = machine.own_scripts / "Utility/Cutaway (Lua check).lua.part"
    blocked.mkdir(parents=True)  # a folder cannot be opened for writing, whoever asks
    with pytest.raises(InstallRefused, match=r"cannot write .*administrator"):
        plan.carry_out()
    blocked.rmdir()
    uninstall(machine)
    assert tree(tmp_path) == before


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the administrator may write everywhere")
def test_a_tree_without_rights_is_refused(machine):
    machine.own_scripts.parent.mkdir(parents=True)
    machine.own_scripts.parent.chmod(0o500)
    with pytest.raises(InstallRefused, match="Permission denied"):
        install(machine)
    machine.own_scripts.parent.chmod(0o700)


def test_a_damaged_record_is_named(machine):
    install(machine)
    machine.record().write_text("{")
    with pytest.raises(UnreadableRecord, match=r"davinci\.json"):
        removal(machine)


class TestAppStore:
    CONTAINER = "Library/Containers/com.blackmagic-design.DaVinciResolveLite"

    def test_alone_it_is_explained_and_nothing_is_written(self, tmp_path):
        machine = machine_of("darwin", tmp_path)
        (machine.home / self.CONTAINER).mkdir(parents=True)
        before = tree(tmp_path)
        with pytest.raises(AppStoreBuild, match=r"App Store.*Blackmagic Design's web site.*--otio"):
            planned(machine, python=sys.executable)
        assert tree(tmp_path) == before

    def test_an_application_with_a_receipt_is_known_too(self, tmp_path):
        machine = machine_of("darwin", tmp_path)
        (tmp_path / "Applications/DaVinci Resolve.app/Contents/_MASReceipt").mkdir(parents=True)
        with pytest.raises(AppStoreBuild):
            planned(machine, python=sys.executable)

    def test_beside_another_resolve_it_is_skipped(self, tmp_path):
        machine = with_resolve(machine_of("darwin", tmp_path))
        container = machine.home / self.CONTAINER
        container.mkdir(parents=True)
        plan = install(machine)
        assert not any(container in step.path.parents for step in plan.steps)
        assert (machine.own_scripts / "Utility/Cutaway.py").is_file()

    def test_on_other_systems_there_is_none(self, tmp_path):
        machine = machine_of("linux", tmp_path)
        (machine.home / self.CONTAINER).mkdir(parents=True)
        assert machine.app_store() == []


def test_the_version_of_a_mac_is_read_from_the_application(tmp_path):
    machine = with_resolve(machine_of("darwin", tmp_path))
    assert machine.version_on_disk() is None
    plist = machine.applications()[0] / "Contents/Info.plist"
    plist.write_text(
        '<plist version="1.0"><dict><key>CFBundleShortVersionString</key><string>20.3.2</string></dict></plist>'
    )
    assert machine.version_on_disk() == "20.3.2"


def test_the_record_is_json_that_any_python_reads(machine):
    install(machine)
    assert json.loads(machine.record().read_text("utf-8"))["scope"] == "user"
