"""Actions that say how well Kith can tell this home's people apart."""

from homeassistant.core import ServiceCall, ServiceResponse
from homeassistant.util.json import JsonValueType
import voluptuous as vol

from ..descriptions.gallery_check import describe_check
from ..identity.demand import Sureness, demand_of
from ..identity.gallery_check import check
from ..identity.leave_one_out import scores
from .call import facts_of, running_entry

ATTR_NAMES = "names"
CHECK_SCHEMA = vol.Schema({})
EXPORT_SCHEMA = vol.Schema({vol.Optional(ATTR_NAMES, default=False): bool})


async def check_gallery(call: ServiceCall) -> ServiceResponse:
    """How well Kith can tell this home's people apart, and what would help."""
    entry = running_entry(call.hass)
    home = entry.runtime_data
    facts = facts_of(home)
    found = await call.hass.async_add_executor_job(
        check, home.stores.gallery.gallery, facts.embedding, facts.calibration
    )
    return describe_check(found, entry)


async def export_evaluation(call: ServiceCall) -> ServiceResponse:
    """Exports scores for measurements; nobody could be recognized from them."""
    entry = running_entry(call.hass)
    home = entry.runtime_data
    facts = facts_of(home)
    found = await call.hass.async_add_executor_job(
        scores, home.stores.gallery.gallery, facts.embedding, facts.calibration
    )
    known = {person.person_id: person.name for person in home.people()}
    called = {
        who: known.get(who, who) if call.data[ATTR_NAMES] else f"person {number}"
        for number, who in enumerate(sorted({one.shown for one in found} | {one.against for one in found}), start=1)
    }
    people = len({one.against for one in found})
    demands: dict[str, JsonValueType] = {
        str(sureness): round(demand_of(sureness, people, facts.calibration).name, 3) for sureness in Sureness
    }
    return {
        "model": facts.embedding,
        "demanded": demands,
        "scores": [
            {
                "shown": called[one.shown],
                "against": called[one.against],
                "genuine": one.genuine,
                "log_likelihood_ratio": round(one.llr, 3),
            }
            for one in found
        ],
    }
