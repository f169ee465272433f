"""`cutaway-runtime serve`: the runtime as a process; `models`: its checkpoints; `keys`, `plans`: who may use it."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cutaway_runtime.bounds import above, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway_runtime.log import Format, Level

REFUSED = 2
"""Exit code: started in a way that cannot be served."""
TAKEN = 4
"""Exit code: the data folder or the address is another server's."""
OPERATING: Final = {
    "keys": "access",
    "plans": "access",
    "backup": "backup",
    "restore": "backup",
    "checkup": "checkup",
}
"""Commands of whoever runs a server, and the module of each."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of the runtime."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:2] == ["models", "selftest"]:
        from cutaway_runtime.engine.diffusion import selftest

        return selftest.main(given[2:])
    if given[:1] == ["models"]:
        from cutaway_runtime.registry import command

        return command.main(given[1:])
    if given and given[0] in OPERATING:
        command_of = import_module(f"cutaway_runtime.{OPERATING[given[0]]}")
        return int(command_of.main(given))
    options = _parser().parse_args(given)
    fetched = os.environ.get("CUTAWAY_URL_REFERENCES", "")
    if fetched not in {"", "https", "http"}:
        return _refuse(f"CUTAWAY_URL_REFERENCES is https or http, not {fetched!r}")
    from cutaway_runtime.server.key import BadKey, operators_key

    try:
        api_key = operators_key(options.api_key, options.api_key_file)
    except BadKey as error:
        return _refuse(str(error))
    return serve(
        host=options.host,
        port=options.port,
        data_dir=options.data_dir,
        api_key=api_key,
        no_auth=options.no_auth,
        allow_hosts=options.allow_host,
        idle_exit=options.idle_exit,
        url_references=options.allow_url_references or fetched in ("https", "http"),
        plain_http=options.allow_http_urls or fetched == "http",
        webhook_url=options.webhook_url,
        model_aliases=options.model_alias,
        max_queued=options.max_queue,
        disk_reserve=options.disk_reserve,
        stuck_after=options.stuck_after,
        with_parent=options.with_parent,
        announce=options.announce,
        keep_days=options.keep_days,
        keep_gb=options.keep_gb,
        log_format=options.log_format,
        log_level=options.log_level,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cutaway-runtime", description="The local runtime of cutaway.")
    commands = parser.add_subparsers(dest="command", required=True)
    serve_ = commands.add_parser("serve", help="serve the Videos API until told to stop")
    serve_.add_argument(
        "--host", default="127.0.0.1", help="address to listen on; another than this machine's needs a key"
    )
    serve_.add_argument(
        "--port", type=whole(0, 65535), default=0, help="0 takes a free one; runtime.json in the data folder says which"
    )
    serve_.add_argument(
        "--data-dir", type=Path, help="jobs, videos and uploads; the home folder of cutaway if left out"
    )
    serve_.add_argument(
        "--api-key",
        metavar="KEY",
        help="a key clients may use beside the token of this machine; whoever lists processes here sees it, "
        "so rather CUTAWAY_SERVER_KEY or the option below",
    )
    serve_.add_argument(
        "--api-key-file",
        type=Path,
        metavar="FILE",
        help="that key, as the first line of a file; CUTAWAY_SERVER_KEY_FILE names one as well",
    )
    serve_.add_argument("--no-auth", action="store_true", help="ask for no key; on this machine's own address only")
    serve_.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="a name this server answers to"
    )
    serve_.add_argument(
        "--idle-exit", type=above(0, "seconds"), metavar="SECONDS", help="end after so long without request or job"
    )
    serve_.add_argument(
        "--allow-url-references",
        action="store_true",
        help="fetch pictures and clips that a request names by an https address in the public internet",
    )
    serve_.add_argument(
        "--allow-http-urls",
        action="store_true",
        help="with the option above: from http addresses too, where anybody on the way can read and change them",
    )
    serve_.add_argument(
        "--model-alias",
        action="append",
        default=[],
        metavar="NAME=MODEL",
        help="another name for a model, or without MODEL for the best one, as sora-2 and sora-2-pro are already",
    )
    serve_.add_argument(
        "--max-queue", type=whole(1), metavar="N", help="jobs that may wait at a time; 10000 if left out"
    )
    serve_.add_argument(
        "--disk-reserve",
        type=whole(0),
        metavar="MIB",
        help="room on the disk that nothing new is given; 256 if left out",
    )
    serve_.add_argument(
        "--stuck-after",
        type=above(0, "seconds"),
        metavar="SECONDS",
        help="end a worker that makes no progress for so long, and for ten of the job's steps; 60 if left out",
    )
    serve_.add_argument(
        "--with-parent",
        action="store_true",
        help="end when standard input does: with the process that started this one and holds its other end",
    )
    serve_.add_argument("--announce", action="store_true", help="say on standard output where it listens")
    serve_.add_argument(
        "--keep-days",
        type=above(0, "days", inclusive=True),
        metavar="N",
        help="remove the file of a video, and an upload, after so long",
    )
    serve_.add_argument(
        "--keep-gb",
        type=above(0, "gigabytes", inclusive=True),
        metavar="N",
        help="remove the oldest videos when they are more than that together",
    )
    serve_.add_argument(
        "--webhook-url",
        metavar="URL",
        help="tell the end of every job there, signed with CUTAWAY_WEBHOOK_SECRET or the file webhook-secret",
    )
    serve_.add_argument(
        "--log-format", choices=("text", "json"), default="text", help="lines to read, or a JSON object a line"
    )
    serve_.add_argument(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        default="info",
        help="info has a line for each job that is accepted, begun and over",
    )
    commands.add_parser("keys", help="who may use this server: API keys and their plans", add_help=False)
    commands.add_parser(
        "plans", help="how many videos a month a key may make, and how early its turn comes", add_help=False
    )
    commands.add_parser("backup", help="copy the data folder, while a server works on it", add_help=False)
    commands.add_parser("restore", help="make a backup into a data folder", add_help=False)
    commands.add_parser("checkup", help="look at the jobs database and change nothing", add_help=False)
    commands.add_parser("models", help="the checkpoints of this machine; `models --help` says more", add_help=False)
    return parser


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    data_dir: Path | None = None,
    api_key: str | None = None,
    no_auth: bool = False,
    allow_hosts: Sequence[str] = (),
    idle_exit: float | None = None,
    url_references: bool = False,
    plain_http: bool = False,
    webhook_url: str | None = None,
    model_aliases: Sequence[str] = (),
    max_queued: int | None = None,
    disk_reserve: int | None = None,
    stuck_after: float | None = None,
    with_parent: bool = False,
    announce: bool = False,
    keep_days: float | None = None,
    keep_gb: float | None = None,
    log_format: Format = "text",
    log_level: Level = "info",
) -> int:
    """Serves until told to stop; returns the exit code."""
    # Hundreds of modules are about to be made and none thrown away: looking for garbage is a fifth of the start.
    gc.disable()
    from cutaway_runtime.server.settings import (
        DISK_RESERVE,
        HOSTED,
        MAX_QUEUED,
        STUCK_SECONDS,
        Settings,
        is_loopback,
    )

    public = not is_loopback(host)
    for wrong, why in (
        (
            public and not api_key,
            f"{host} can be reached by other machines: choose a key and give it by --api-key-file FILE",
        ),
        (public and no_auth, f"--no-auth is for this machine's own address, and {host} can be reached by others"),
        (not all("=" in alias[1:] for alias in model_aliases), "--model-alias is written NAME=MODEL, or NAME="),
        (plain_http and not url_references, "--allow-http-urls goes with --allow-url-references"),
    ):
        if wrong:
            return _refuse(why)
    from cutaway.home import Home
    from cutaway_runtime import log
    from cutaway_runtime.jobs.database import VARIABLE, BadDatabase, place_of
    from cutaway_runtime.jobs.schema import SchemaTooNew
    from cutaway_runtime.server.process import AlreadyRunning, run, token_of, webhook_secret_of
    from cutaway_runtime.server.webhooks import checked_url

    home = Home.find()
    try:
        secret = webhook_secret_of(home) if webhook_url and checked_url(webhook_url) else ""
    except ValueError as error:
        return _refuse(str(error))
    try:
        place = place_of(data_dir or home.folder)
        os.environ.pop(VARIABLE, None)  # the workers and probes that open what strangers sent need no password
        database = None if isinstance(place, Path) else place
        token = token_of(home)
        keys = () if no_auth else (token, *([api_key] if api_key else []))
        log.begin(log_format, level=log_level, keys=[*keys, secret], data_dir=data_dir or home.folder)
        run(
            Settings(
                data_dir=data_dir or home.folder,
                database=database,
                home=home.folder if database is not None else None,
                host=host,
                port=port,
                keys=keys,
                allowed_hosts=tuple(allow_hosts),
                idle_exit=idle_exit,
                url_references=frozenset({"https", *(["http"] if plain_http else [])} if url_references else ()),
                webhook_url=webhook_url,
                webhook_secret=secret,
                aliases=dict.fromkeys(HOSTED, "") | dict(alias.split("=", 1) for alias in model_aliases),
                max_queued=MAX_QUEUED if max_queued is None else max_queued,
                keep_seconds=None if keep_days is None else keep_days * 86_400,
                keep_bytes=None if keep_gb is None else round(keep_gb * 1e9),
                disk_reserve=DISK_RESERVE if disk_reserve is None else disk_reserve * 1024**2,
                stuck_seconds=STUCK_SECONDS if stuck_after is None else stuck_after,
                ends_with_parent=with_parent,
                announces=announce,
            )
        )
    except BadDatabase as error:
        return _refuse(str(error))
    except (AlreadyRunning, SchemaTooNew) as error:
        return _refuse(str(error), TAKEN)
    except OSError as error:
        return _refuse(f"cannot listen on {host}:{port} or use the data folder: {error}", TAKEN)
    return 0


def _refuse(message: str, code: int = REFUSED) -> int:
    sys.stderr.write(f"cutaway-runtime: {message}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
