"""Claim: a server that nobody asks for anything calls nobody either.

    python benchmarks/idle.py [--minutes 60] [--keep]          Linux, as root

A server runs in a network of its own, in which there is nothing but loopback. It makes two videos, so that its worker
is warm; then it is left alone. What this network counts (connections begun, datagrams sent, packets that had nowhere to
go; IPv4 and IPv6) is read before and after, and every ten seconds it is looked whether a process of the server has a
connection. In the end a datagram is sent on purpose: where the counters miss that one, nothing was shown.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil
from machine import describe, keep
from overhead import by_waiting, serve

LOOK_S = 10.0
BODY: dict[str, object] = {"prompt": "a red ball rolls left", "size": "160x90", "num_frames": 12, "fps": "24"}


def raise_loopback() -> None:
    """`ip link set lo up`, without the tool."""
    with socket.socket() as any_socket:
        request = struct.pack("16sh14s", b"lo", 0x1 | 0x40, b"")  # IFF_UP | IFF_RUNNING
        fcntl.ioctl(any_socket, 0x8914, request)  # SIOCSIFFLAGS


def counted() -> dict[str, int]:
    """Connections begun, datagrams sent and packets that had nowhere to go, of this network."""
    lines = [line.split() for line in Path("/proc/net/snmp").read_text().splitlines()]
    rows = {
        names[0] + name: int(value)
        for names, values in zip(lines[::2], lines[1::2], strict=True)
        for name, value in zip(names[1:], values[1:], strict=True)
    }
    with suppress(FileNotFoundError):  # a kernel without IPv6
        rows |= {name: int(value) for name, value in map(str.split, Path("/proc/net/snmp6").read_text().splitlines())}
    return {
        "connections begun": rows["Tcp:ActiveOpens"],
        "datagrams sent": rows["Udp:OutDatagrams"] + rows.get("Udp6OutDatagrams", 0),
        "packets that had nowhere to go": rows["Ip:OutNoRoutes"] + rows.get("Ip6OutNoRoutes", 0),
    }


def connections(server: psutil.Process) -> int:
    """How many sockets of the server and its processes are connected to anybody."""
    found = 0
    for process in (server, *server.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            found += sum(bool(one.raddr) for one in process.net_connections())
    return found


def idle(home: Path, minutes: float) -> tuple[list[str], bool]:
    """The lines of the table, and whether it held."""
    raise_loopback()
    process, client = serve(home, idle_exit=60 * minutes + 600)
    try:
        for model in ("bars", "draft"):
            by_waiting(client, {**BODY, "model": model})
        client.close()
        server = psutil.Process(process.pid)
        while connections(server):  # until the server has let go of ours
            time.sleep(0.1)
        tree = [server, *server.children(recursive=True)]
        began, before = time.monotonic(), counted()
        spent = sum(sum(one.cpu_times()[:2]) for one in tree)
        seen = looks = 0
        while (left := began + 60 * minutes - time.monotonic()) > 0:
            time.sleep(min(LOOK_S, left))
            assert process.poll() is None, "the server ended"
            seen += connections(server)
            looks += 1
        after = counted()
        spent = sum(sum(one.cpu_times()[:2]) for one in tree) - spent
        with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rogue:
            rogue.sendto(b"anybody?", ("192.0.2.1", 53))
        noticed = counted() != after
    finally:
        client.close()
        process.terminate()
        code = process.wait(60)
    found = {name: after[name] - before[name] for name in after}
    lines = [f"{len(tree)} processes left alone for {minutes:g} minutes", ""]
    lines += [f"{name:<40}{number:>8}" for name, number in found.items()]
    lines += [
        f"{f'connections seen in {looks} looks':<40}{seen:>8}",
        f"{'a datagram sent on purpose was counted':<40}{'yes' if noticed else 'NO':>8}",
        f"{'processor time':<40}{spent:>7.1f}s ({100 * spent / (60 * minutes):.2f} % of a core)",
        f"{'exit code':<40}{code:>8}",
    ]
    return lines, noticed and code == 0 and not seen and not any(found.values())


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=60.0)
    options.add_argument("--keep", action="store_true")
    options.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    asked = options.parse_args()
    if not asked.alone:
        if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("unshare") is None:
            raise SystemExit("a network of one's own needs Linux, root and unshare (package util-linux)")
        return subprocess.run(
            ["unshare", "--net", sys.executable, __file__, *sys.argv[1:], "--alone"], check=False
        ).returncode
    head = describe("cutaway", "uvicorn")
    with tempfile.TemporaryDirectory() as folder:
        lines, good = idle(Path(folder) / "home", asked.minutes)
    text = "\n".join([head, *lines, f"\nno outgoing connection: {'holds' if good else 'BROKEN'}"])
    if asked.keep:
        keep("idle", text)
    else:
        print(text)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
