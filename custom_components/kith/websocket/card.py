"""The card for dashboards: who is here and who came, as far as its user may see them. Nothing of the gallery."""

from datetime import datetime

from homeassistant.auth.models import User
from homeassistant.const import ATTR_ENTITY_PICTURE, STATE_ON
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType, JsonValueType

from ..identity.evidence import Outcome
from ..identity.visit_record import VisitRecord
from ..privacy.viewing import may_see_camera, may_see_person, presence_entity
from ..runtime import Home
from ..settings import PersonSettings
from .command import Command, iso_time
from .follower import Follower
from .overview import brief_visit
from .serialize import Pictures, camera_name, pictures_of

MOST_VISITS = 20
"""More than a card shows."""
NOT_LOADED: JsonObjectType = {"loaded": False, "people": [], "visits": []}


class _Card(Follower):
    def listen(self, home: Home | None) -> list[CALLBACK_TYPE]:
        if home is None:
            return []
        return [home.household.on_presence.subscribe(self.tell), home.stores.visits.on_change.subscribe(self.tell)]

    async def state(self, home: Home | None) -> JsonObjectType:
        return await _state(home, self.user) if home is not None else NOT_LOADED


async def _state(home: Home, user: User) -> JsonObjectType:
    pictures = await pictures_of(home)
    seen = [person for person in home.agreements.recognized() if may_see_person(home, user, person.person_id)]
    visits = [entry for entry in home.stores.visits.newest_first if _may_see_visit(home, user, entry)]
    return {
        "loaded": True,
        "people": [_person(home, user, person, visits, pictures) for person in seen],
        "visits": [_visit(home, user, entry, pictures) for entry in visits[:MOST_VISITS]],
    }


@callback
def _may_see_visit(home: Home, user: User, entry: VisitRecord) -> bool:
    """A visit without a usable face is shown if somebody was followed to there by appearance."""
    who = _whose(entry)
    if (who is None and entry.outcome is Outcome.UNUSABLE) or not may_see_camera(home, user, entry.camera):
        return False
    return who is None or may_see_person(home, user, who)


def _whose(entry: VisitRecord) -> str | None:
    return entry.named or entry.followed


@callback
def _person(
    home: Home, user: User, person: PersonSettings, visits: list[VisitRecord], pictures: Pictures
) -> JsonValueType:
    """picture: of the last visit that was recognized as theirs, else what Home Assistant shows of the linked person."""
    entity_id = presence_entity(home, person.person_id)
    state = home.hass.states.get(entity_id) if entity_id else None
    present = state is not None and state.state == STATE_ON
    last = home.household.presence.last.get(person.person_id)
    told = last is not None and may_see_camera(home, user, last.camera)
    own = [entry for entry in visits if _whose(entry) == person.person_id]
    named = (entry for entry in own if entry.named is not None)
    shown = next((picture for entry in named if (picture := pictures.of(home, entry))), None)
    return {
        "person_id": person.person_id,
        "entity_id": entity_id,
        "name": person.name,
        "present": present,
        "since": iso_time(_since(own, person, state.last_changed)) if state and present else None,
        "last_seen": iso_time(last.captured) if last else None,
        "camera": camera_name(home, last.camera) if last and told else None,
        "by_appearance": last is not None and last.root is not None,
        "picture": shown or (state.attributes.get(ATTR_ENTITY_PICTURE) if state else None),
    }


def _since(visits: list[VisitRecord], person: PersonSettings, changed: datetime) -> datetime:
    """When the person came: the visits that follow each other say so even across a restart. visits: newest first."""
    begin = dt_util.utcnow()
    for entry in visits:
        if begin - entry.end > person.here_for:
            break
        begin = min(begin, entry.begin)
    return min(begin, changed)


@callback
def _visit(home: Home, user: User, entry: VisitRecord, pictures: Pictures) -> JsonValueType:
    """Pictures of people who agreed to nothing are for administrators."""
    picture = pictures.of(home, entry) if entry.named is not None or user.is_admin else None
    return {**brief_visit(home, entry), "picture": picture}


COMMANDS = (Command("card/subscribe", follow=_Card.follow, open_to_all=True),)
