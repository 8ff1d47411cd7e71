"""Looks up an entry's cameras, people and services, says who agrees to what, and follows additions and changes."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
import unicodedata

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_connect, async_dispatcher_send

from .const import CONF_PERSON_ID, DOMAIN, SUBENTRY_PERSON
from .errors import AgreementGoneError
from .settings import Agreement, Consent, PersonSettings

TEMPLATE_OF = (Agreement.RECOGNIZE, Agreement.NEVER)
"""Either needs a template: who must not be recognized has to be told from others."""


def subentries_of(entry: ConfigEntry[Any], subentry_type: str) -> list[ConfigSubentry]:
    return [subentry for subentry in entry.subentries.values() if subentry.subentry_type == subentry_type]


def person_subentry(entry: ConfigEntry[Any], person_id: str | None) -> ConfigSubentry | None:
    """None if the person was removed."""
    people = subentries_of(entry, SUBENTRY_PERSON)
    return next((person for person in people if person.data[CONF_PERSON_ID] == person_id), None)


def name_of(entry: ConfigEntry[Any], person_id: str | None) -> str | None:
    """The person's name; None if the person was removed."""
    person = person_subentry(entry, person_id)
    return person.title if person else None


def person_called(entry: ConfigEntry[Any], name: str) -> ConfigSubentry | None:
    """The person with this name, however it is written: "ada" is Ada."""
    return next((one for one in subentries_of(entry, SUBENTRY_PERSON) if _plain(one.title) == _plain(name)), None)


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def agreeing(entry: ConfigEntry[Any], *agreements: Agreement) -> set[str]:
    """The ids of the people who agreed to any of these."""
    people = map(PersonSettings.of, subentries_of(entry, SUBENTRY_PERSON))
    return {person.person_id for person in people if person.consent.to.intersection(agreements)}


class Agreements:
    """Who agrees to what right now. Whatever stores something of a person asks here in the moment of storing.

    People join shortly before they are in the list, because their faces are stored first, and leave as soon as erasing
    them begins.
    """

    def __init__(self, entry: ConfigEntry[Any]) -> None:
        self._entry = entry
        self._joining: dict[str, Consent] = {}
        self._leaving: Counter[str] = Counter()

    def people(self) -> list[PersonSettings]:
        """Those in the list; who is leaving agrees to nothing."""
        people = map(PersonSettings.of, subentries_of(self._entry, SUBENTRY_PERSON))
        return [replace(one, consent=Consent()) if self._leaving[one.person_id] else one for one in people]

    def recognized(self) -> list[PersonSettings]:
        """Those of them who agree to be recognized: only they can be present or at home."""
        return [one for one in self.people() if Agreement.RECOGNIZE in one.consent.to]

    def agreed(self, person_id: str) -> frozenset[Agreement]:
        if (joining := self._joining.get(person_id)) is not None:
            return joining.to
        return next((one.consent.to for one in self.people() if one.person_id == person_id), frozenset())

    def to_photos(self, person_id: str) -> bool:
        """Does this person agree to photos being kept?"""
        return Agreement.PHOTOS in self.agreed(person_id)

    def agreeing(self, *agreements: Agreement) -> set[str]:
        """The ids of the people in the list who agree to any of these."""
        return {one.person_id for one in self.people() if one.consent.to.intersection(agreements)}

    @property
    def enrollable(self) -> set[str]:
        """The ids of the people of whom templates may be stored."""
        joining = {who for who, consent in self._joining.items() if consent.to.intersection(TEMPLATE_OF)}
        return self.agreeing(*TEMPLATE_OF) | joining

    def demand(self, *people: str) -> None:
        """Raises AgreementGoneError if nothing may be stored of one of these people."""
        if not self.enrollable.issuperset(people):
            raise AgreementGoneError("consent was withdrawn or the person was removed in the meantime.")

    @contextmanager
    def joining(self, person_id: str, consent: Consent) -> Iterator[None]:
        self._joining[person_id] = consent
        try:
            yield
        finally:
            del self._joining[person_id]

    @contextmanager
    def leaving(self, person_id: str) -> Iterator[None]:
        self._leaving[person_id] += 1
        try:
            yield
        finally:
            self._leaving[person_id] -= 1


@callback
def for_each_subentry(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    subentry_type: str,
    add: Callable[[ConfigSubentry], None],
    change: Callable[[ConfigSubentry], None] | None = None,
) -> None:
    """Call `add` for each subentry of this type, now and when one is added, and `change` for each changed one.

    Stops when the entry is unloaded.
    """
    entry.async_on_unload(async_dispatcher_connect(hass, _added(entry, subentry_type), add))
    if change is not None:
        entry.async_on_unload(async_dispatcher_connect(hass, _changed(entry, subentry_type), change))
    for subentry in subentries_of(entry, subentry_type):
        add(subentry)


@callback
def for_each_person(hass: HomeAssistant, entry: ConfigEntry[Any], add: Callable[[ConfigSubentry], None]) -> None:
    """The same for people, except those who must not be recognized: they have no entities."""

    @callback
    def add_unless_avoided(subentry: ConfigSubentry) -> None:
        devices, identifier = dr.async_get(hass), (DOMAIN, subentry.data[CONF_PERSON_ID])
        if not is_avoided(subentry):
            add(subentry)
        elif device := devices.async_get_device_by_identifier(identifier, entry.entry_id):
            devices.async_remove_device(device.id)

    for_each_subentry(hass, entry, SUBENTRY_PERSON, add_unless_avoided)


@callback
def on_person_change(
    hass: HomeAssistant, entry: ConfigEntry[Any], person_id: str, changed: Callable[[], None]
) -> CALLBACK_TYPE:
    """Call `changed` when this person's settings change, until the returned function is called."""

    @callback
    def told(person: ConfigSubentry) -> None:
        if person.data[CONF_PERSON_ID] == person_id:
            changed()

    return async_dispatcher_connect(hass, _changed(entry, SUBENTRY_PERSON), told)


@callback
def tell_added(hass: HomeAssistant, entry: ConfigEntry[Any], subentry: ConfigSubentry) -> None:
    async_dispatcher_send(hass, _added(entry, subentry.subentry_type), subentry)


@callback
def tell_changed(hass: HomeAssistant, entry: ConfigEntry[Any], subentry: ConfigSubentry) -> None:
    async_dispatcher_send(hass, _changed(entry, subentry.subentry_type), subentry)


def is_avoided(person: ConfigSubentry) -> bool:
    """Is this somebody who must not be recognized?"""
    return Agreement.NEVER in PersonSettings.of(person).consent.to


def _added(entry: ConfigEntry[Any], subentry_type: str) -> str:
    return f"kith_{entry.entry_id}_{subentry_type}_added"


def _changed(entry: ConfigEntry[Any], subentry_type: str) -> str:
    return f"kith_{entry.entry_id}_{subentry_type}_changed"
