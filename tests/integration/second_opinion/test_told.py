"""A sighting says that a service was asked, and what it answered."""

from dataclasses import replace

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.kith.bus_events import describe
from custom_components.kith.const import SUBENTRY_CAMERA
from custom_components.kith.descriptions.sentences import explain
from custom_components.kith.identity.evidence import Doubt, Outcome, Verdict
from custom_components.kith.identity.opinion import Opinion
from custom_components.kith.sighting import Sighting, SightingKind
from custom_components.kith.subentries import subentries_of

pytestmark = pytest.mark.one_release

NAMED = Verdict(Outcome.KNOWN, "ada", 5.1, 4.8, likely="ada", frames=4, seconds=1.25)


@pytest.mark.parametrize(
    ("opinion", "told", "said"),
    [
        (None, None, "Recognized as Ada from 4 frames in 1.2 s"),
        (
            Opinion("compreface", "ada"),
            {"service": "compreface", "agrees": True},
            "Recognized as Ada from 4 frames in 1.2 s; CompreFace was asked too",
        ),
        (
            Opinion("azure"),
            {"service": "azure", "agrees": False},
            "Recognized as Ada from 4 frames in 1.2 s; Azure AI Face was asked too",
        ),
    ],
)
async def test_a_sighting_says_who_else_was_asked(
    hass: HomeAssistant, entry: MockConfigEntry, opinion: Opinion | None, told: dict | None, said: str
) -> None:
    (camera,) = subentries_of(entry, SUBENTRY_CAMERA)
    verdict = replace(NAMED, opinion=opinion)
    found = describe(hass, entry, Sighting(SightingKind.RECOGNIZED, camera.subentry_id, dt_util.utcnow(), verdict))
    assert (found["second_opinion"], found["explanation"]) == (told, said)


async def test_a_contradiction_is_said(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    doubted = Verdict(Outcome.UNSURE, likely="ada", frames=4, doubt=Doubt.CONTRADICTED, opinion=Opinion("azure"))
    assert explain(doubted, entry) == (
        "Not sure: it looks like Ada, but the second opinion disagrees; Azure AI Face was asked too"
    )
