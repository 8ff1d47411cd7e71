"""Verdicts and findings in sentences that a person understands."""

from .home import KithConfigEntry, name_of
from .identity.check import Advice, Pair
from .identity.evidence import Doubt, Outcome, Verdict
from .identity.suitability import Suitability
from .kith_engine.analysis import Flaw

FLAWS = {
    Flaw.TOO_SMALL: "the face was {width} px wide, {smallest} are needed",
    Flaw.BLURRED: "the face was blurred",
    Flaw.TURNED_AWAY: "the face was turned away",
    Flaw.TOO_DARK: "the face was too dark",
    Flaw.TOO_BRIGHT: "the face was too bright",
    Flaw.CUT_OFF: "the face was cut off by the picture's edge",
}
LIMITS = {
    Flaw.TOO_SMALL: "most of the others are too small: move the camera closer, or use its full-size picture",
    Flaw.BLURRED: "most of the others are blurred: more light lets the camera expose for a shorter time",
    Flaw.TURNED_AWAY: "most of the others are turned away: hang it at head height, where people walk towards it",
    Flaw.TOO_DARK: "most of the others are too dark: a lamp near the camera helps most",
    Flaw.TOO_BRIGHT: "most of the others are too bright: turn the camera away from the sun or the lamp",
    Flaw.CUT_OFF: "most of the others are cut off: turn the camera so that heads are inside the picture",
}
ADVICE = {
    Advice.ADD_PHOTOS: "{name}: add photos, at least three, of different days and with different light",
    Advice.REPLACE_OUTLIERS: "{name}: look at the photos that are not like the others; add better ones",
    Advice.TELL_APART: "{name}: add photos from the camera itself; somebody else here looks much alike",
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
            return f"Not sure: {_doubt(verdict, entry)}"
        case Outcome.UNUSABLE:
            return f"A person: {_flaw(verdict, entry)}"


def _doubt(verdict: Verdict, entry: KithConfigEntry) -> str:
    likely, rival = name_of(entry, verdict.likely), name_of(entry, verdict.rival)
    match verdict.doubt:
        case Doubt.NOBODY_ENROLLED:
            return "nobody is enrolled to compare with"
        case Doubt.TWO_ALIKE:
            return f"it could be {likely} or {rival}"
        case Doubt.FEW_FRAMES:
            return f"only {_frames(verdict.frames)} so far, one frame names nobody"
        case _:
            return f"{_frames(verdict.frames)} like {likely}, with {_reached(verdict)} of the evidence that is needed"


def _frames(count: int) -> str:
    return "1 frame" if count == 1 else f"{count} frames"


def _reached(verdict: Verdict) -> str:
    """Part of the demanded evidence, in percent."""
    share = max(0.0, verdict.evidence or 0.0) / verdict.demanded if verdict.demanded else 0.0
    return f"{min(99, round(100 * share))} %"


def _flaw(verdict: Verdict, entry: KithConfigEntry) -> str:
    if verdict.flaw is None:
        return "no face to be seen"
    facts = entry.runtime_data.engine.facts
    return FLAWS[verdict.flaw].format(
        width=round(verdict.width or 0), smallest=facts.smallest_face if facts else "more"
    )


def judge_camera(told: Suitability) -> str:
    """As in "Faces are 41 px wide here; 7 of 10 can be compared; most of the others are blurred: …"."""
    if not told.telling:
        return f"{told.faces} faces seen so far: too few to tell"
    sentence = f"Faces are usually {told.width} px wide here; {round(10 * told.share)} of 10 can be compared"
    return f"{sentence}; {LIMITS[told.limit]}" if told.limit else sentence


def advise(advice: Advice, name: str) -> str:
    return ADVICE[advice].format(name=name)


def judge_pair(pair: Pair, first: str, second: str) -> str:
    if pair.alike > 0:
        return f"{first} and {second} look so much alike that more evidence is demanded for either"
    return f"{first} and {second} are the most alike here, and well told apart"
