"""Which service was asked about a visit, and how much was sent to it."""

from homeassistant.core import callback
from homeassistant.util.json import JsonObjectType

from ..const import CONF_KIND, SUBENTRY_SERVICE
from ..descriptions.sentences import decimal, say
from ..identity import presence
from ..identity.visit_record import VisitRecord
from ..runtime import Home
from ..second_opinion.ledger import LedgerEntry, Purpose
from ..subentries import subentries_of


@callback
def opinion_in(home: Home, entry: VisitRecord) -> JsonObjectType | None:
    """None if none was asked. Uses the ledger, because questions without an answer were sent, too."""
    questions = [one for one in home.opinions.ledger.entries if _is_of(one, entry)]
    opinion = entry.verdict.opinion
    if not questions and opinion is None:
        return None
    services = subentries_of(home.entry, SUBENTRY_SERVICE)
    kind = str(questions[0].kind) if questions else opinion.service if opinion else ""
    service = next((one.title for one in services if one.data[CONF_KIND] == kind), kind)
    sent = sum(one.sent for one in questions)
    words = say(home.hass, "opinion_asked", service=service, kilobytes=decimal(home.hass, sent / 1000))
    return {"service": service, "bytes": sent, "words": words}


def _is_of(sent: LedgerEntry, entry: VisitRecord) -> bool:
    """An answer may be requested, and may come, until the visit is over."""
    there = sent.purpose is Purpose.ASK and sent.camera == entry.camera
    return there and entry.begin <= sent.at <= entry.end + presence.VISIT_GAP
