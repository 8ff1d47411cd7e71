"""`serve`: analyze pictures over HTTP, for Home Assistant on this machine or another."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
import logging
import os
from pathlib import Path
import resource

from aiohttp import web

from .. import VERSION
from ..announcement import announced
from ..errors import EngineError
from ..listening import Address
from ..pairing.state import Trust
from ..pipeline import Pipeline
from ..runtimes import SERVER
from ..scheduler import Scheduler
from ..server import MoreRoutes, serve
from ..streams import can_decode
from ..trial import AUTO, on_devices
from .location import add_pack_option, chosen_pack
from .state import add_state_option, chosen_state, show_code

EVERYWHERE = "0.0.0.0:7071"
"""Homes on other machines are what it is for."""
HEADROOM = 1024**3
"""Bytes of address space beyond what is used when the networks are open: five times what the largest picture takes."""
STREAMS_HEADROOM = 4 * 1024**3
"""Bytes more where streams are decoded. Hardly any of it is ever used: each thread reserves 64 MiB to allocate from."""
DEVICE = "KITH_DEVICE"
"""Environment variable: what runs the networks, if the option is not given."""
TOKEN = "KITH_TOKEN"  # noqa: S105  a variable's name


def register(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the command line."""
    parser = verbs.add_parser(
        "serve",
        help="answer until stopped: over TLS to paired homes, over a unix socket, or over HTTP",
        description=f"Without --listen, --unix and --tls, the engine serves paired homes on {EVERYWHERE}.",
    )
    parser.add_argument("--tls", metavar="HOST:PORT", help="serve homes that were paired, encrypted")
    plain = parser.add_mutually_exclusive_group()
    plain.add_argument("--listen", metavar="HOST:PORT", help="serve unencrypted, such as 127.0.0.1:7070")
    plain.add_argument("--unix", type=Path, metavar="SOCKET", help="a socket that only this user can open")
    parser.add_argument(
        "--token-file",
        type=Path,
        help=f"its first line is what clients of --listen must send (default: ${TOKEN}); required beyond loopback",
    )
    parser.add_argument("--threads", type=int, default=1, help="threads for the networks; default: %(default)s")
    parser.add_argument(
        "--oip",
        metavar="URL",
        default=os.environ.get(SERVER),
        help=f"let an inference server of the Open Inference Protocol run the networks (default: ${SERVER})",
    )
    parser.add_argument(
        "--device",
        metavar="NAME",
        default=os.environ.get(DEVICE) or AUTO,
        help="what runs the networks: auto (a trial decides), cpu, openvino, cuda, coreml, or what `devices` names;"
        f" default: ${DEVICE}, else auto",
    )
    parser.add_argument("--follow-stdin", action="store_true", help="end when standard input ends")
    parser.add_argument("--no-announce", action="store_true", help="do not let Home Assistant find the engine by mDNS")
    add_pack_option(parser)
    add_state_option(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.INFO)
    trust = Trust(chosen_state(arguments)) if _tls(arguments) else None
    addresses, token = _addresses(arguments, trust), _token(arguments.token_file)
    if arguments.oip:
        os.environ[SERVER] = arguments.oip
    pack = on_devices(chosen_pack(arguments.pack), arguments.device, arguments.threads)
    pipeline = Pipeline(pack, arguments.threads)
    # only its own user and paired homes may let it open addresses, and send it their passwords
    streams = can_decode() and all(address.unix is not None or address.tls is not None for address in addresses)
    _limit_memory(HEADROOM + STREAMS_HEADROOM * streams)
    serving = serve(
        pipeline,
        *addresses,
        token=token,
        follow_stdin=arguments.follow_stdin,
        more=_routes(pipeline, trust, streams=streams),
        homes=trust,
        beside=None if trust is None else _found(trust, addresses[-1], announce=not arguments.no_announce),
    )
    asyncio.run(serving)
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


def _routes(pipeline: Pipeline, trust: Trust | None, *, streams: bool) -> MoreRoutes:
    """What is answered beside single pictures; its packages may be missing where it is not."""

    def add(app: web.Application, scheduler: Scheduler) -> None:
        if can_decode():
            from ..streams.clip_routes import add_clip_routes  # noqa: PLC0415

            add_clip_routes(app, pipeline, scheduler)
        if streams:
            from ..streams.registry import Streams  # noqa: PLC0415
            from ..streams.routes import add_routes as add_streams  # noqa: PLC0415

            add_streams(app, Streams(), pipeline, scheduler)
        if trust is not None:
            from ..pairing.server import Pairing, add_routes as add_pairing  # noqa: PLC0415

            add_pairing(app, Pairing(trust))

    return add


@asynccontextmanager
async def _found(trust: Trust, address: Address, *, announce: bool) -> AsyncIterator[None]:
    """Show the first code, and let Home Assistant find the engine, unless only this machine can reach it."""
    if (code := trust.state.first_code()) is not None:
        show_code(code, trust.state.name)
    if not announce or address.private:
        yield
        return
    async with announced(trust.state.name, trust.identity.fingerprint, VERSION, address.host, address.port):
        yield


def _tls(arguments: argparse.Namespace) -> str | None:
    """Where to serve homes; everywhere, if nothing else is wanted."""
    tls: str | None = arguments.tls
    return tls or (None if arguments.listen or arguments.unix else EVERYWHERE)


def _addresses(arguments: argparse.Namespace, trust: Trust | None) -> list[Address]:
    """The one over TLS is the last."""
    addresses = []
    if arguments.unix is not None:
        addresses.append(Address(unix=arguments.unix))
    elif arguments.listen is not None:
        addresses.append(_address(arguments.listen))
    if trust is not None and (tls := _tls(arguments)) is not None:
        addresses.append(replace(_address(tls), tls=trust.context))
    return addresses


def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise EngineError(f"{text} is not an address; it must look like 127.0.0.1:7070")
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
