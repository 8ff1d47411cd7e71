"""What was sent to services, for the owner: in words or as a file, with current names."""

from collections.abc import Iterable
import csv
from io import StringIO
import re
from typing import Any

from homeassistant.core import callback
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType

from ..runtime import KithConfigEntry
from ..second_opinion.ledger import LedgerEntry
from ..second_opinion.protocol import Said
from ..subentries import name_of
from .sentences import decimal, say

COLUMNS = ("at", "service", "kind", "purpose", "camera", "about", "bytes", "calls", "answer", "error", "score")
PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
"""All of ASCII's: a name may contain any, and each may mean something in Markdown."""
FORMULA = re.compile(r"^[=+\-@\t\r]")
"""Spreadsheets calculate a cell that begins like this."""


@callback
def entries_of(entry: KithConfigEntry, service_id: str) -> list[LedgerEntry]:
    """Newest first."""
    return [one for one in entry.runtime_data.opinions.ledger.entries if one.service_id == service_id]


@callback
def in_words(entry: KithConfigEntry, entries: Iterable[LedgerEntry]) -> str:
    """A table in Markdown; a sentence if there is nothing."""
    hass = entry.runtime_data.hass
    lines = [_line(_cells(entry, one)) for one in entries]
    if not lines:
        return say(hass, "sent_nothing")
    heads = [say(hass, f"sent_{column}") for column in ("at", "what", "camera", "about", "bytes", "answer")]
    return "\n".join([_line(heads), _line("---" for _ in heads), *lines])


@callback
def as_values(entry: KithConfigEntry, one: LedgerEntry) -> JsonObjectType:
    """For other programs, with codes instead of words."""
    return {
        "at": one.at.isoformat(),
        "service": _service(entry, one),
        "kind": one.kind,
        "purpose": one.purpose,
        "camera": _camera(entry, one),
        "about": [_person(entry, person_id) for person_id in one.about],
        "bytes": one.sent,
        "calls": one.calls,
        "answer": one.said,
        "error": one.error,
        "score": one.score,
    }


def as_csv(rows: Iterable[JsonObjectType]) -> str:
    """The rows of `as_values` as CSV (RFC 4180)."""
    written = StringIO()
    table = csv.DictWriter(written, COLUMNS)
    table.writeheader()
    for row in rows:
        table.writerow({column: _safe(value) for column, value in row.items()})
    return written.getvalue()


def _cells(entry: KithConfigEntry, one: LedgerEntry) -> Iterable[str]:
    hass = entry.runtime_data.hass
    yield dt_util.as_local(one.at).strftime("%Y-%m-%d %H:%M:%S")
    yield say(hass, f"sent_{one.purpose}")
    yield _plain(_camera(entry, one) or "–")
    yield _plain(", ".join(_person(entry, person_id) for person_id in one.about) or "–")
    yield say(hass, "sent_size", kilobytes=decimal(hass, one.sent / 1000), calls=one.calls)
    yield _answer(entry, one)


def _answer(entry: KithConfigEntry, one: LedgerEntry) -> str:
    hass = entry.runtime_data.hass
    if one.error:
        return say(hass, f"sent_{one.error}")
    if one.said is None:
        return say(hass, "sent_done")
    if one.said is Said.NO_FACE:
        return say(hass, "sent_no_face")
    score = decimal(hass, one.score, 2) if one.score is not None else "–"
    return say(hass, f"sent_{one.said}", score=score)


def _service(entry: KithConfigEntry, one: LedgerEntry) -> str:
    found = entry.subentries.get(one.service_id)
    return found.title if found else say(entry.runtime_data.hass, "sent_removed")


def _camera(entry: KithConfigEntry, one: LedgerEntry) -> str | None:
    if not one.camera:
        return None
    found = entry.subentries.get(one.camera)
    return found.title if found else say(entry.runtime_data.hass, "sent_removed")


def _person(entry: KithConfigEntry, person_id: str) -> str:
    return name_of(entry, person_id) or say(entry.runtime_data.hass, "sent_removed")


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(name: str) -> str:
    return PUNCTUATION.sub(r"\\\1", name)


def _safe(value: Any) -> Any:
    if isinstance(value, list):
        value = ", ".join(value)
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value
