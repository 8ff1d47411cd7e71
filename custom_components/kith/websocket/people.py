"""The people of the home and their photos."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import callback
from homeassistant.helpers.sun import is_up
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType, JsonValueType
import voluptuous as vol

from ..descriptions.photo import describe_photo, is_weak, weaknesses
from ..descriptions.sentences import advise, judge_pair, say
from ..identity.demand import Sureness, demand_of
from ..identity.evidence import Outcome
from ..identity.gallery import Gallery, Source, Template
from ..identity.gallery_check import Advice, Check, Pair, check
from ..identity.leave_one_out import shown_to_the_others
from ..identity.photo_policy import SAME_PHOTO
from ..kith_engine.analysis import EngineFacts
from ..review.merging import merges_of
from ..runtime import NO_PHOTOS, Home
from ..settings import Agreement, PersonSettings
from ..subentries import name_of
from .command import ID, UNDO, Command, RefusedError, iso_time, undo
from .serialize import Portraits, camera_name, chip, demand_person, photo, portraits_of, quality_word

NOBODY_CHECKED = Check({})


async def _list(home: Home, _request: dict[str, Any]) -> JsonObjectType:
    kept, found = await portraits_of(home), await _checked(home)
    people: list[JsonValueType] = [_person(home, person, kept, found) for person in home.people()]
    return {"people": people, "figures": _figures(home, found)}


async def _get(home: Home, request: dict[str, Any]) -> JsonObjectType:
    subentry = demand_person(home, request["person_id"])
    person = next(one for one in home.people() if one.person_id == request["person_id"])
    kept, found = await portraits_of(home), await _checked(home)
    templates = home.stores.gallery.gallery.templates.get(person.person_id, ())
    doubles = await home.hass.async_add_executor_job(doubles_among, templates)
    trials = await _run_trials(home, person.person_id)
    return {
        **_person(home, person, kept, found),
        "subentry_id": subentry.subentry_id,
        "photos": [
            _photo(home, one, photo(home, person.person_id, name, kept), doubles.get(name), found)
            for name, one in {one.template_id: one for one in templates}.items()
        ],
        "consent": _consent(home, person),
        "look_alike": _look_alike(home, person, found.closest),
        "missing": [*_missing(home, templates)],
        "self_test": _self_test(home, trials, person.person_id),
        "merges": _merges(home, person),
    }


async def _self_tested(home: Home, request: dict[str, Any]) -> JsonObjectType:
    demand_person(home, request["person_id"])
    if home.engine.facts is None:
        raise RefusedError("engine_away")
    trials = await _run_trials(home, request["person_id"])
    results: list[JsonValueType] = [_trial(home, one, request["person_id"], trial) for one, trial in trials.items()]
    return {"words": _self_test(home, trials, request["person_id"])["words"], "trials": results}


async def _remove_photo(home: Home, request: dict[str, Any]) -> JsonObjectType:
    demand_person(home, request["person_id"])
    person_id, template_id = request["person_id"], request["template_id"]
    templates = home.stores.gallery.gallery.templates.get(person_id, ())
    removed = next((one for one in templates if one.template_id == template_id), None)
    if removed is None:
        raise RefusedError("photo_unknown")
    jpeg = await home.stores.photos.find(person_id, template_id)  # deleted along with its template
    await home.change(lambda gallery: gallery.without_templates([template_id]))

    async def take_back() -> None:
        await home.enroll(person_id, [removed], {template_id: jpeg} if jpeg is not None else NO_PHOTOS)

    token, until = home.undos.offer(take_back)
    return {"undo": token, "until": iso_time(until)}


async def _checked(home: Home) -> Check:
    facts = home.engine.facts
    if facts is None:
        return NOBODY_CHECKED
    return await home.hass.async_add_executor_job(
        check, home.stores.gallery.gallery, facts.embedding, facts.calibration
    )


type Trial = tuple[Outcome, str | None, float]
"""The result for a photo on its own, the likeliest person, and the share of the evidence needed for a name, 0 to 1."""


async def _run_trials(home: Home, person_id: str) -> dict[str, Trial]:
    """Trials by template id."""
    facts = home.engine.facts
    if facts is None:
        return {}
    sureness = home.household.comparison.sureness if home.household.comparison else Sureness.NORMAL
    return await home.hass.async_add_executor_job(tried, home.stores.gallery.gallery, person_id, facts, sureness)


def tried(gallery: Gallery, person_id: str, facts: EngineFacts, sureness: Sureness) -> dict[str, Trial]:
    """Compares each photo with the others as if it came from a camera; needs at least two. Run it in an executor."""
    own_templates = [one for one in gallery.templates.get(person_id, ()) if one.embedding == facts.embedding]
    if len(own_templates) < 2:
        return {}
    people = len(gallery.index(facts.embedding, facts.calibration).people)
    demand = demand_of(sureness, people, facts.calibration)
    return {one.template_id: _try(one, gallery, facts, demand.name, demand.stranger) for one in own_templates}


def _try(photo: Template, gallery: Gallery, facts: EngineFacts, name: float, stranger: float) -> Trial:
    weights = shown_to_the_others(photo, gallery, facts.calibration)
    likely, evidence = weights.people[0]
    if evidence >= name and likely not in weights.weak:
        return Outcome.KNOWN, likely, 1.0
    share = max(0.0, evidence) / name if name else 0.0
    return (Outcome.STRANGER if weights.stranger >= stranger else Outcome.UNSURE), likely, share


def doubles_among(templates: tuple[Template, ...]) -> dict[str, str]:
    """Maps each near-duplicate to the earlier photo that it repeats. Run it in an executor."""
    found: dict[str, str] = {}
    for place, one in enumerate(templates):
        for other in templates[:place]:
            if one.embedding == other.embedding and float(one.vector @ other.vector) >= SAME_PHOTO:
                found.setdefault(one.template_id, other.template_id)
    return found


@callback
def _person(home: Home, person: PersonSettings, kept: Portraits, found: Check) -> JsonObjectType:
    recognized = Agreement.RECOGNIZE in person.consent.to
    seen = home.household.presence.last.get(person.person_id) if recognized else None
    templates = home.stores.gallery.gallery.templates.get(person.person_id, ())
    advice = found.advice.get(person.person_id, () if templates else (Advice.ADD_PHOTOS,))
    return {
        **chip(home, person.person_id, kept),
        "present": recognized and home.household.presence.here(person.person_id, dt_util.utcnow()),
        "last_seen": iso_time(seen.captured) if seen else None,
        "last_camera": camera_name(home, seen.camera) if seen else None,
        "by_appearance": seen is not None and seen.root is not None,
        "photos": len(templates),
        "enrolled": bool(templates),
        "nameable": bool(templates) and not is_weak(home, person.person_id),
        "recognized": recognized,
        "avoided": Agreement.NEVER in person.consent.to,
        "advice": [advise(home.hass, kind, person.name) for kind in advice],
    }


@callback
def _figures(home: Home, found: Check) -> JsonObjectType:
    sureness = home.household.comparison.sureness if home.household.comparison else Sureness.NORMAL
    expected = found.expected.get(sureness)
    photos = sum(map(len, home.stores.gallery.gallery.templates.values()))
    closest: JsonObjectType | None = None
    if found.closest is not None:
        first, second = (name_of(home.entry, who) or "" for who in (found.closest.first, found.closest.second))
        closest = {"a": first, "b": second, "words": judge_pair(home.hass, found.closest, first, second)}
    if expected is None or not expected.photos:
        words = say(home.hass, "figures_none")
        return {"photos": photos, "closest": closest, "expected_misses": None, "expected_false": None, "words": words}
    between = expected.share_missed
    key = "figures_few" if between is None else "figures"
    return {
        "photos": photos,
        "closest": closest,
        "expected_misses": {"least": _percent(between[0]), "most": _percent(between[1])} if between else None,
        "expected_false": round(100 * expected.strangers, 2),
        "words": say(home.hass, key, photos=expected.photos, missed=expected.missed, mixed_up=expected.mixed_up),
    }


def _percent(share: float) -> int:
    return round(100 * share)


@callback
def _photo(home: Home, one: Template, picture: str | None, double_of: str | None, found: Check) -> JsonObjectType:
    reasons = weaknesses(home, one, found)
    return {
        "template_id": one.template_id,
        "picture": picture,
        "added": iso_time(one.added),
        "source": str(one.source),
        "width": round(one.width),
        "quality": quality_word(one.quality),
        "words": "; ".join([describe_photo(home.hass, one), *reasons]),
        "double_of": double_of,
        "weak": bool(reasons),
    }


@callback
def _consent(home: Home, person: PersonSettings) -> JsonObjectType:
    consent = person.consent
    to = sorted(map(str, consent.to))
    words = [say(home.hass, f"agreed_{one}") for one in to] or [say(home.hass, "agreed_nothing")]
    return {"to": [*to], "words": [*words], "by": consent.by, "at": iso_time(consent.at)}


@callback
def _look_alike(home: Home, person: PersonSettings, closest: Pair | None) -> JsonObjectType | None:
    if closest is None or person.person_id not in (closest.first, closest.second):
        return None
    other = closest.second if closest.first == person.person_id else closest.first
    first, second = (name_of(home.entry, who) or "" for who in (closest.first, closest.second))
    return {"name": name_of(home.entry, other), "words": judge_pair(home.hass, closest, first, second)}


@callback
def _missing(home: Home, templates: tuple[Template, ...]) -> list[str]:
    """What would help most. Cameras see differently in the dark."""
    from_cameras = [one for one in templates if one.source is Source.CAMERA]
    if not from_cameras:
        return [say(home.hass, "missing_camera")]
    dark = [one for one in from_cameras if not is_up(home.hass, one.added)]
    return [] if dark else [say(home.hass, "missing_night")]


@callback
def _self_test(home: Home, trials: Mapping[str, Trial], person_id: str) -> JsonObjectType:
    if not trials:
        return {"words": say(home.hass, "self_test_none"), "found": None, "tests": 0}
    named = [likely for outcome, likely, _ in trials.values() if outcome is Outcome.KNOWN]
    right = sum(likely == person_id for likely in named)
    words = say(home.hass, "self_test", found=right, tests=len(trials))
    if mixed_up := len(named) - right:
        words = f"{words}. {say(home.hass, 'self_test_mixed_up', count=mixed_up)}"
    return {"words": words, "found": round(100 * right / len(trials), 1), "tests": len(trials)}


@callback
def _trial(home: Home, template_id: str, person_id: str, trial: Trial) -> JsonObjectType:
    outcome, likely, share = trial
    if outcome is Outcome.KNOWN and likely == person_id:
        words = say(home.hass, "trial_known")
    elif outcome is Outcome.KNOWN:
        words = say(home.hass, "trial_mixed_up", other=name_of(home.entry, likely))
    else:
        words = say(home.hass, "trial_missed", reached=min(99, round(100 * share)))
    mixed_up = outcome is Outcome.KNOWN and likely != person_id
    return {"template_id": template_id, "outcome": "mixed_up" if mixed_up else str(outcome), "words": words}


@callback
def _merges(home: Home, person: PersonSettings) -> list[JsonValueType]:
    """Other people who were merged into this one."""
    data = next(one.data for one in home.entry.subentries.values() if one.unique_id == person.person_id)
    return [{"merge_id": one.merge_id, "name": one.name, "at": one.at} for one in merges_of(data)]


PERSON = {vol.Required("person_id"): ID}
COMMANDS = (
    Command("people/list", _list),
    Command("people/get", _get, PERSON),
    Command("people/self_test", _self_tested, PERSON),
    Command("people/remove_photo", _remove_photo, {**PERSON, vol.Required("template_id"): ID}),
    Command("people/undo", undo, UNDO),
)
