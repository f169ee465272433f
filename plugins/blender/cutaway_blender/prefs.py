# SPDX-License-Identifier: GPL-3.0-or-later
"""Preferences: which server, and from where its key comes. By default no key is on disk.

    settings().open()      a client, made on the queue's thread

A key is read from an environment variable, from a file, typed for this session only (it lies in no property of
Blender's, so it is in no file), or saved with Blender's preferences, which are clear text; the panel says so. The
user's choice about online access is honoured; a server on this machine is not online.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy

from . import compat

if TYPE_CHECKING:
    from .settings import Settings

ENVIRONMENT: Final = "CUTAWAY_API_KEY"
_session: Final[dict[str, str]] = {}
"""The key that was typed for this session."""


def settings() -> "Settings":
    """As they are set now; on the main thread. CUTAWAY_BASE_URL is used where no address is set."""
    from .settings import Settings

    own = preferences()
    base_url = str(own.base_url if own else "") or os.environ.get("CUTAWAY_BASE_URL", "")
    key, where = _key(own)
    return Settings(
        base_url=base_url.strip(),
        api_key=key,
        key_from=where,
        online=compat.online_access(),
        at_once=int(own.at_once) if own else 3,
        min_frames=int(own.min_frames) if own else 2,
        price=float(own.price) if own else 0.0,
    )


def preferences() -> Any:
    """The preferences of the enabled extension; None where it runs without being one, as in scripts."""
    addon = bpy.context.preferences.addons.get(__package__)
    return addon.preferences if addon is not None else None


def _key(own: Any) -> tuple[str | None, str]:
    """The key and, in words, where it is from."""
    source = own.key_source if own else "ENVIRONMENT"
    if source == "SESSION":
        return _session.get("key") or None, "typed for this session"
    if source == "SAVED":
        return own.saved_key or None, "saved in Blender's preferences, in clear text"
    if source == "FILE":
        path = Path(bpy.path.abspath(own.key_file)).expanduser()
        try:
            return path.read_text("utf-8").strip() or None, f"file {path.name}"
        except OSError as error:
            return None, f"file {path.name} cannot be read: {error.strerror}"
    name = (own.variable if own else "") or ENVIRONMENT
    return os.environ.get(name) or None, f"environment variable {name}"


def _typed(_: Any) -> str:
    return _session.get("key", "")


def _set_typed(_: Any, value: str) -> None:
    _session["key"] = value


class CutawayPreferences(bpy.types.AddonPreferences):  # type: ignore[misc]
    """Preferences > Add-ons > Cutaway."""

    bl_idname = __package__

    base_url: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Server", description="Address of the video service; empty for the local runtime on this machine"
    )
    key_source: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Key from",
        items=[
            ("ENVIRONMENT", "Environment variable", "Nothing is kept on disk"),
            ("FILE", "File", "A text file with the key and nothing else"),
            ("SESSION", "This session only", "Typed here; forgotten when Blender ends"),
            ("SAVED", "Saved in preferences", "Written into userpref.blend in clear text"),
        ],
        default="ENVIRONMENT",
    )
    variable: bpy.props.StringProperty(name="Variable", default=ENVIRONMENT)  # type: ignore[valid-type]
    key_file: bpy.props.StringProperty(name="Key file", subtype="FILE_PATH")  # type: ignore[valid-type]
    typed_key: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Key", subtype="PASSWORD", get=_typed, set=_set_typed, options={"SKIP_SAVE"}
    )
    saved_key: bpy.props.StringProperty(name="Key", subtype="PASSWORD")  # type: ignore[valid-type]
    at_once: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Jobs at once", description="Cards that are under way at a time", default=3, min=1, max=16
    )
    min_frames: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Shortest gap", description="Gaps of fewer frames are left alone", default=2, min=1, max=1000
    )
    price: bpy.props.FloatProperty(  # type: ignore[valid-type]
        name="Price of a second",
        description="In your server's money, for the panels; 0 if unknown",
        min=0.0,
        precision=3,
    )

    def draw(self, _context: Any) -> None:
        """Address and key, and what becomes of the key."""
        now = settings()
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "base_url")
        layout.prop(self, "key_source")
        field = {"ENVIRONMENT": "variable", "FILE": "key_file", "SESSION": "typed_key", "SAVED": "saved_key"}
        layout.prop(self, field[self.key_source])
        if self.key_source == "SAVED":
            layout.label(text="This key is written to disk in clear text", icon="ERROR")
        found = "found" if now.api_key else "none"
        layout.label(text=f"Key: {found} ({now.key_from})")
        layout.prop(self, "at_once")
        layout.prop(self, "min_frames")
        layout.prop(self, "price")
        where = "on this machine; not counted as online" if now.is_local else "online"
        layout.label(text=f"The server is {where}", icon="INFO")
        if now.obstacle:
            layout.label(text=now.obstacle, icon="ERROR")


def register() -> None:
    """Makes the preferences known to Blender."""
    bpy.utils.register_class(CutawayPreferences)


def unregister() -> None:
    """Takes them away; a key that was typed is forgotten."""
    bpy.utils.unregister_class(CutawayPreferences)
    _session.clear()
