"""`serve`: analyze pictures over HTTP, for Home Assistant on this machine or another."""

import argparse
import asyncio
import logging
import os
from pathlib import Path
import resource

from aiohttp import web

from ..errors import EngineError
from ..pipeline import Pipeline
from ..runtimes import SERVER
from ..scheduler import Scheduler
from ..server import Address, MoreRoutes, serve
from ..streams import can_decode
from .location import add_pack_option, chosen_pack

HEADROOM = 1024**3
"""Bytes of address space beyond what is used when the networks are open: five times what the largest picture takes."""
STREAMS_HEADROOM = 4 * 1024**3
"""Bytes more where streams are decoded. Hardly any of it is ever used: each thread reserves 64 MiB to allocate from."""
TOKEN = "KITH_TOKEN"  # noqa: S105  a variable's name


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser("serve", help="answer over HTTP until stopped")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--listen", metavar="HOST:PORT", default="127.0.0.1:7070", help="default: %(default)s")
    where.add_argument("--unix", type=Path, metavar="SOCKET", help="a socket that only this user can open")
    parser.add_argument(
        "--token-file",
        type=Path,
        help=f"its first line is the token that clients must send (default: ${TOKEN}); required beyond loopback",
    )
    parser.add_argument("--threads", type=int, default=1, help="threads for the networks; default: %(default)s")
    parser.add_argument(
        "--oip",
        metavar="URL",
        default=os.environ.get(SERVER),
        help=f"let an inference server of the Open Inference Protocol run the networks (default: ${SERVER})",
    )
    parser.add_argument("--follow-stdin", action="store_true", help="end when standard input ends")
    add_pack_option(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.INFO)
    address, token = _address(arguments), _token(arguments.token_file)
    if arguments.oip:
        os.environ[SERVER] = arguments.oip
    pipeline = Pipeline(chosen_pack(arguments.pack), arguments.threads)
    # only who owns this process may let it open addresses, and send it their passwords
    streams = address.unix is not None and can_decode()
    _limit_memory(HEADROOM + STREAMS_HEADROOM * streams)
    more = _video_routes(pipeline, streams=streams) if can_decode() else None
    asyncio.run(serve(pipeline, address, token, follow_stdin=arguments.follow_stdin, more=more))
    return 0


def _limit_memory(headroom: int) -> None:
    """Let an allocation fail that no picture needs, before it takes the memory of everything else on this machine."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except OSError:
        return  # only Linux says how much is used
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = pages * resource.getpagesize() + headroom
    resource.setrlimit(resource.RLIMIT_AS, (limit if most == resource.RLIM_INFINITY else min(limit, most), most))


def _video_routes(pipeline: Pipeline, *, streams: bool) -> MoreRoutes:
    from ..streams.clip_routes import add_clip_routes  # noqa: PLC0415  needs PyAV, which may be missing
    from ..streams.registry import Streams  # noqa: PLC0415
    from ..streams.routes import add_routes  # noqa: PLC0415

    def add(app: web.Application, scheduler: Scheduler) -> None:
        add_clip_routes(app, pipeline, scheduler)
        if streams:
            add_routes(app, Streams(), pipeline, scheduler)

    return add


def _address(arguments: argparse.Namespace) -> Address:
    if arguments.unix is not None:
        return Address(unix=arguments.unix)
    host, _, port = arguments.listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise EngineError(f"{arguments.listen} is not an address; it must look like 127.0.0.1:7070")
    return Address(host=host.strip("[]"), port=int(port))


def _token(file: Path | None) -> str | None:
    if file is None:
        return os.environ.get(TOKEN) or None
    try:
        token = file.read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise EngineError(f"{file} cannot be read: {error}") from error
    if not token:
        raise EngineError(f"{file} has no token in its first line")
    return token
