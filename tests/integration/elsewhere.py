"""An engine "on another machine" that homes are paired with: on this one, over real TLS."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.const import DOMAIN
from custom_components.kith.engines.pairing import encode_certificate
from custom_components.kith.kith_engine.pairing.server import Pairing, add_routes
from custom_components.kith.kith_engine.pairing.state import EngineState, Trust
from custom_components.kith.kith_engine.server import Address, create_app, listening

from .conftest import Scripted


class Elsewhere:
    """Its state, and its scripted answers. url: where it listens."""

    def __init__(self, folder: Path, name: str = "nas") -> None:
        self.state = EngineState(folder, name)
        self.trust = Trust(self.state)
        self.scripted = Scripted()
        self.url = ""

    @asynccontextmanager
    async def running(self, port: int = 0, more: Any = None) -> AsyncIterator[Elsewhere]:
        def add(app: Any, scheduler: Any) -> None:
            add_routes(app, Pairing(self.trust))
            if more is not None:
                more(app, scheduler)

        app = create_app(self.scripted, homes=self.trust, more=add)
        async with listening(app, Address(port=port, tls=self.trust.context)) as url:
            self.url = self.scripted.url = url
            yield self

    @property
    def code(self) -> str:
        return self.state.first_code() or self.state.next_code()

    @property
    def fingerprint(self) -> str:
        return self.trust.identity.fingerprint

    def entry(self, *subentries: Any) -> MockConfigEntry:
        """As it is after pairing."""
        certificate = encode_certificate(self.trust.identity.certificate)
        data = {"engine": "remote", "url": self.url, "certificate": certificate}
        return MockConfigEntry(domain=DOMAIN, title="Kith", data=data, subentries_data=list(subentries))
