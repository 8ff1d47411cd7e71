"""A verdict in one sentence that a person understands."""

from .home import KithConfigEntry, name_of
from .identity.evidence import Outcome, Verdict
from .kith_engine.analysis import Flaw

FLAWS = {
    Flaw.TOO_SMALL: "the face was {width} px wide, {smallest} are needed",
    Flaw.BLURRED: "the face was blurred",
    Flaw.TURNED_AWAY: "the face was turned away",
    Flaw.TOO_DARK: "the face was too dark",
    Flaw.TOO_BRIGHT: "the face was too bright",
    Flaw.CUT_OFF: "the face was cut off by the picture's edge",
}


def explain(verdict: Verdict, entry: KithConfigEntry) -> str:
    """As in "Recognised as Ada from 4 frames in 1.8 s" and "A person: the face was 31 px wide, 40 are needed"."""
    match verdict.outcome:
        case Outcome.NOBODY:
            return "Nobody"
        case Outcome.KNOWN:
            name = name_of(entry, verdict.person_id)
            return f"Recognised as {name} from {verdict.frames} frames in {verdict.seconds:.1f} s"
        case Outcome.STRANGER:
            return f"Nobody you know, by {verdict.frames} frames in {verdict.seconds:.1f} s"
        case Outcome.UNSURE:
            return f"Not sure yet: {verdict.compared} frames compared, too few of them agree"
        case Outcome.UNUSABLE:
            return f"A person: {_flaw(verdict, entry)}"


def _flaw(verdict: Verdict, entry: KithConfigEntry) -> str:
    if verdict.flaw is None:
        return "no face to be seen"
    facts = entry.runtime_data.engine.facts
    return FLAWS[verdict.flaw].format(
        width=round(verdict.width or 0), smallest=facts.smallest_face if facts else "more"
    )
