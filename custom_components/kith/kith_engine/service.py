"""A systemd user unit that keeps an engine running, with as little of the machine as it needs."""

from dataclasses import dataclass
import os
from pathlib import Path
import sys

from .errors import EngineError

UNIT = "kith-engine.service"
MEMORY = "2G"
"""Far more than the largest pack with streams takes; a fault ends the engine instead of the machine."""
_TEMPLATE = """\
# Written by `kith-engine install-service`. To undo it:
#   systemctl --user disable --now {unit} && rm {path}
[Unit]
Description=Kith's engine
Documentation=https://github.com/kith-home/kith/blob/main/docs/engine.md
After=network-online.target

[Service]
ExecStart={command}
Restart=on-failure
RestartSec=5
Environment=PYTHONUNBUFFERED=1

# Only its own port, and only what it needs to run; all else of the home folder does not exist for it.
SocketBindDeny=any
SocketBindAllow=tcp:{port}
SocketBindAllow=udp:5353
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
ProtectHome=tmpfs
BindReadOnlyPaths={read}
BindPaths={write}
ReadWritePaths={write}
ProtectSystem=strict
PrivateTmp=yes
PrivateUsers=yes
NoNewPrivileges=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
CapabilityBoundingSet=
UMask=0077
MemoryMax={memory}
TasksMax=256

[Install]
WantedBy=default.target
"""


@dataclass(frozen=True, slots=True)
class SystemdService:
    """pack: the folder of its networks. state: that of its key. tls: HOST:PORT."""

    pack: Path
    state: Path
    name: str
    tls: str

    def unit(self) -> str:
        """The unit's text."""
        arguments = ("--tls", self.tls, "--pack", self.pack, "--state", self.state, "--name", self.name)
        command = [sys.executable, "-P", "-m", "kith_engine", "serve", *map(str, arguments)]
        return _TEMPLATE.format(
            unit=UNIT,
            path=unit_path(),
            command=" ".join(_quoted(part).replace("$", "$$") for part in command),
            port=self.tls.rpartition(":")[2],
            read=" ".join(_quoted(f"-{path}") for path in (*_python(), self.pack)),
            write=_quoted(self.state),
            memory=MEMORY,
        )


def unit_path() -> Path:
    """Where systemd looks for a user's own units."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "systemd" / "user" / UNIT


def install(service: SystemdService) -> Path:
    """Write the unit; it does not run yet. Raises EngineError."""
    if "/.cache/uv/" in f"{sys.prefix}/":
        raise EngineError(
            "uvx keeps this engine only for a while: run `uv tool install kith-engine`, then install the service"
        )
    path = unit_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        service.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(service.unit(), encoding="utf-8")
    except OSError as error:
        raise EngineError(f"{path} cannot be written ({error.strerror})") from error
    return path


def _python() -> list[Path]:
    """The folders of the interpreter, its packages, and this code."""
    found = (sys.prefix, sys.base_prefix, Path(__file__).parents[1])
    return list(dict.fromkeys(Path(one).resolve() for one in found))


def _quoted(part: str | Path) -> str:
    """As a word of a unit (systemd.syntax(7)), in which percent signs are special."""
    escaped = str(part).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'
