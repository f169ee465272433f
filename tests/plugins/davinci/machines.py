"""Machines of three systems below a temporary folder."""

from pathlib import Path

from cutaway_davinci.install.places import Machine

SYSTEMS = ("win32", "darwin", "linux")


def machine_of(system, folder, **variables):
    """A machine whose every path lies below `folder`; nothing is on it."""
    home = folder / "Users/Žaneta 映画"
    home.mkdir(parents=True)
    environment = dict(variables)
    if system == "win32":
        environment |= {
            "APPDATA": str(home / "AppData/Roaming"),
            "PROGRAMDATA": str(folder / "ProgramData"),
            "PROGRAMFILES": str(folder / "Program Files"),
        }
    ours = {
        "win32": home / "AppData/Local/cutaway",
        "darwin": home / "Library/Application Support/cutaway",
        "linux": home / ".local/share/cutaway",
    }[system]
    return Machine(system, home, environment, ours, root=folder)


def with_resolve(machine):
    """The same machine, with the files of a Resolve that the doctor and the installer look for."""
    places = {
        "win32": [Path(machine.environment.get("PROGRAMFILES", "")) / "Blackmagic Design/DaVinci Resolve/Resolve.exe"],
        "darwin": [machine.root / "Applications/DaVinci Resolve/DaVinci Resolve.app/Contents/MacOS/Resolve"],
        "linux": [machine.root / "opt/resolve/bin/resolve"],
    }[machine.system]
    folders, libraries = machine.scripting()
    for file in (*places, folders[0] / "Modules/DaVinciResolveScript.py", libraries[0]):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"")
    return machine


def tree(folder):
    """Every path below a folder, files with what is in them."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}
