"""Nothing grows with what cameras or engines send."""

from datetime import timedelta
import gc

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.subentries import subentries_of
from tests.identity.faces import EMPTY, axis, shown
from tests.integration.conftest import as_subentry, camera_subentry


class Frame(bytes):
    """A camera's picture; how many of them are in memory is counted."""

    alive = 0

    def __new__(cls, number: int) -> Frame:
        Frame.alive += 1
        return super().__new__(cls, b"\xff\xd8" + number.to_bytes(4) * 250_000)

    def __del__(self) -> None:
        Frame.alive -= 1


async def test_pictures_are_looked_at_and_dropped_however_often_somebody_comes(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Somebody undecided comes every twenty seconds, so the stretch of visits never ends."""
    hass.config_entries.async_update_entry(entry, options={"keep_strangers": 7})
    await hass.async_block_till_done()
    home = entry.runtime_data
    camera = home.cameras[subentries_of(entry, "camera")[0].subentry_id]
    await camera.stop()
    begun = dt_util.utcnow()
    for coming in range(40):
        for step in range(3):
            camera.picture = Frame(3 * coming + step)
            when = begun + timedelta(seconds=20 * coming + step / 5)
            home.household.observe(camera.camera_id, shown(axis(0) * 0.6 + axis(7) * 0.8), when)
        home.household.observe(camera.camera_id, EMPTY, begun + timedelta(seconds=20 * coming + 10))
        await hass.async_block_till_done(wait_background_tasks=True)
    gc.collect()
    assert Frame.alive <= 2
    assert len(home.stores.visits.newest_first) <= 2, "one that is over, however often, and one that goes on"


async def test_a_change_of_the_configuration_splits_no_visit(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Each of them used to begin anew with everybody in view: 30 cameras that were added made 404 visits."""
    home = entry.runtime_data
    camera = home.cameras[subentries_of(entry, "camera")[0].subentry_id]
    await camera.stop()
    begun = dt_util.utcnow()
    for number in range(10):
        home.household.observe(camera.camera_id, shown(axis(0)), begun + timedelta(seconds=number / 5))
        added = camera_subentry(camera=f"camera.other_{number}", enabled=False)
        added |= {"title": f"Other {number}", "unique_id": f"camera.other_{number}"}
        hass.config_entries.async_add_subentry(entry, as_subentry(added))
        await hass.async_block_till_done()
    assert len(home.stores.visits.newest_first) == 1
