"""A server as a service of systemd: the text of its unit, for `cutaway serve --print-unit`.

sudo useradd --system --home-dir /var/lib/cutaway --shell /usr/sbin/nologin cutaway
cutaway serve --print-unit --port 8000 | sudo tee /etc/systemd/system/cutaway.service
sudo systemctl daemon-reload && sudo systemctl enable --now cutaway
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HOME: Final = PurePosixPath("/var/lib/cutaway")
"""CUTAWAY_HOME of the service: systemd makes it, and gives it to the user `cutaway`."""

UNIT: Final = """\
# cutaway as a service of systemd: /etc/systemd/system/cutaway.service
[Unit]
Description=cutaway, a server of the Videos API
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
User=cutaway
Group=cutaway
StateDirectory=cutaway
StateDirectoryMode=0700
Environment=CUTAWAY_HOME=%S/cutaway
# Of root and mode 0600, a line NAME=VALUE each: CUTAWAY_DATABASE_URL, CUTAWAY_WEBHOOK_SECRET, CUTAWAY_EXPANDER_URL.
EnvironmentFile=-/etc/cutaway/environment
{credential}ExecStart={command}
Restart=always
RestartSec=2
# 2 is an option that cannot be served: to try it again mends nothing.
RestartPreventExitStatus=2
# The server ends its worker itself, and puts the job in hand back into the queue.
KillMode=mixed
TimeoutStopSec=45
TimeoutStartSec=120
OOMPolicy=continue
LimitNOFILE=65536

# It writes to its own folder and opens GPUs; what it decodes for others it confines further by itself, for which it
# wants a network namespace of its own.
ProtectSystem=strict
ProtectHome={home}
{writes}PrivateTmp=yes
DevicePolicy=closed
DeviceAllow=char-nvidia* rw
DeviceAllow=char-drm rw
DeviceAllow=char-kfd rw
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
RestrictNamespaces=net user
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
UMask=0077

[Install]
WantedBy=multi-user.target
"""


def unit(command: Sequence[str], *, data_dir: Path | None = None, key_file: Path | None = None) -> str:
    """The unit of a server that `command` starts.

    Args:
        command: every word of it; paths in it are absolute.
        data_dir: where it keeps jobs and videos, where that is not its home folder.
        key_file: that holds the operator's key. systemd reads it as root and hands it to the service alone.
    """
    credential = ""
    if key_file is not None:
        credential = (
            f"LoadCredential=server-key:{_escaped(key_file)}\nEnvironment=CUTAWAY_SERVER_KEY_FILE=%d/server-key\n"
        )
    behind_home = any(word.startswith(("/home/", "/root/")) for word in command)
    return UNIT.format(
        command=" ".join(map(_word, command)),
        credential=credential,
        home="read-only" if behind_home else "yes",
        writes="" if data_dir is None else f"ReadWritePaths={_word(str(data_dir))}\n",
    )


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")


def _word(word: str) -> str:
    """A word of a command as a unit writes it."""
    if word and not set(word) & set(" \t\"'\\$%;"):
        return word
    plain = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{plain}"'
