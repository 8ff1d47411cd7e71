"""Updates the engine's pack to the one that came with this Kith."""

from typing import Any, override

from awesomeversion import AwesomeVersion
from homeassistant.components.update import UpdateEntity, UpdateEntityFeature
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import CONF_PACK
from .descriptions.model_card import tell_change, tell_pack
from .descriptions.pack_replay import tell_replay
from .descriptions.reader import speak_to_reader
from .descriptions.sentences import say
from .engines.local import LocalEngine
from .engines.update import PackUpdate, offer_beside
from .entity import HomeEntity
from .errors import translated
from .kith_engine.errors import KithError
from .kith_engine.manifest import Manifest, load_notes
from .runtime import Home, KithConfigEntry

PARALLEL_UPDATES = 1


async def async_setup_entry(
    hass: HomeAssistant, entry: KithConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    home = entry.runtime_data
    if isinstance(home.engine, LocalEngine):
        update = PackUpdate(hass, home.engine)
        async_add_entities([LocalPack(home, update, *await update.look(entry.options.get(CONF_PACK)))])
    else:
        facts = home.engine.facts
        offered = await hass.async_add_executor_job(offer_beside, facts.pack if facts else "")
        async_add_entities([RemotePack(home, offered)])


class PackUpdateEntity(HomeEntity, UpdateEntity):
    """The installed and the offered pack, with its model card. Versions look like "standard 1"."""

    def __init__(self, home: Home, offered: Manifest) -> None:
        super().__init__(home, "pack_update")
        self.offered = offered
        self._attr_title = offered.title

    @override
    def version_is_newer(self, latest_version: str, installed_version: str) -> bool:
        """True also for another pack, and for one of the same version: it may have a new calibration."""
        (other, latest), (name, installed) = _parts(latest_version), _parts(installed_version)
        return other != name or latest == installed or AwesomeVersion(latest) > AwesomeVersion(installed)

    async def _card(self) -> str:
        notes = await self.hass.async_add_executor_job(load_notes, self.offered.name)
        return tell_pack(self.hass, self.offered, notes)


class LocalPack(PackUpdateEntity):
    """The pack of a local engine, which can be installed."""

    _attr_supported_features = (
        UpdateEntityFeature.INSTALL | UpdateEntityFeature.PROGRESS | UpdateEntityFeature.RELEASE_NOTES
    )

    def __init__(self, home: Home, update: PackUpdate, installed: Manifest | None, offered: Manifest) -> None:
        super().__init__(home, offered)
        self._update = update
        self._set_packs(installed, offered)

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(self.home.entry.add_update_listener(self._options_changed))

    async def _options_changed(self, _hass: HomeAssistant, entry: KithConfigEntry) -> None:
        """The options may ask for another pack now."""
        self._set_packs(*await self._update.look(entry.options.get(CONF_PACK)))
        self.async_write_ha_state()

    @override
    async def async_install(self, version: str | None, backup: bool, **kwargs: Any) -> None:
        """Test the offered pack and use it; go back if it fails."""
        self._attr_in_progress = True
        self._progress(0.0)
        pack = self.offered
        try:
            await self._update.install(pack, self._progress)
        except KithError as error:
            raise translated(error, HomeAssistantError) from error
        finally:
            self._attr_update_percentage = None
        self._set_packs(pack, self.offered)

    @override
    async def async_release_notes(self) -> str:
        await speak_to_reader(self.hass)
        parts = [await tell_change(self.home, self.offered), say(self.hass, "card_test"), await self._card()]
        if self.installed_version != self.latest_version:
            parts.insert(1, self._tried())
        return "\n\n".join(parts)

    @callback
    def _tried(self) -> str:
        """What it would change for the last visits, or where the owner can try that."""
        replay = self.home.replay
        if replay is None or replay.pack != self.offered.folder:
            return say(self.hass, "card_replay")
        return tell_replay(self.home, replay)

    def _set_packs(self, installed: Manifest | None, offered: Manifest) -> None:
        self.offered = offered
        self._attr_title = offered.title
        self._attr_installed_version = _version(installed, self.offered) if installed else None
        self._attr_latest_version = _version(self.offered, installed)

    @callback
    def _progress(self, share: float) -> None:
        percentage = round(100 * share)
        if percentage != self._attr_update_percentage:
            self._attr_update_percentage = percentage
            self.async_write_ha_state()


class RemotePack(PackUpdateEntity):
    """The pack of a remote engine, which must be updated there."""

    _attr_supported_features = UpdateEntityFeature.RELEASE_NOTES

    @property
    @override
    def installed_version(self) -> str | None:
        return self.home.engine.facts.pack if self.home.engine.facts else None

    @property
    @override
    def latest_version(self) -> str | None:
        installed = self.installed_version
        if installed is not None and _parts(installed)[0] != self.offered.name:
            return installed  # this Kith does not know the pack
        return _version(self.offered, None)

    @override
    async def async_release_notes(self) -> str:
        await speak_to_reader(self.hass)
        return "\n\n".join((say(self.hass, "card_elsewhere"), await self._card()))


def _parts(version: str) -> tuple[str, str]:
    """Name and number."""
    name, _, rest = version.partition(" ")
    return name, rest.partition(" ")[0]


def _version(pack: Manifest, other: Manifest | None) -> str:
    """As the engine calls it, with the digest if the other pack's version would be the same."""
    alike = other is not None and (other.name, other.version) == (pack.name, pack.version)
    plain = f"{pack.name} {pack.version}"
    return f"{plain} ({pack.digest})" if alike and other and other.digest != pack.digest else plain
