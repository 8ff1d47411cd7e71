"""Verdicts and findings as plain sentences: in the reader's language on the page, else in the home's."""

from contextvars import ContextVar
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import async_get_cached_translations, async_get_translations
from homeassistant.util import dt as dt_util

from ..cameras.choice import SourceChoice, SourceKind
from ..const import DOMAIN
from ..identity.evidence import Doubt, Outcome, Verdict
from ..identity.gallery_check import Advice, Pair
from ..identity.photo_policy import Refusal, grade_of
from ..identity.suitability import Suitability
from ..runtime import KithConfigEntry
from ..settings import CameraSettings
from ..subentries import name_of

_LANGUAGE: ContextVar[str | None] = ContextVar("kith_language", default=None)


async def speak(hass: HomeAssistant, language: str | None) -> None:
    """Say everything in this language from now on, in this task and in those that it starts; None: in the home's."""
    if language is not None:
        await async_get_translations(hass, language, "common", {DOMAIN})  # caches all the other categories, too
    _LANGUAGE.set(language)


@callback
def spoken() -> str | None:
    """The language that `speak` chose."""
    return _LANGUAGE.get()


@callback
def say(hass: HomeAssistant, key: str, **placeholders: Any) -> str:
    """The sentence `common.<key>` of the translations."""
    return _text(hass, "common", key).format(**placeholders)


@callback
def say_count(hass: HomeAssistant, key: str, count: int, **placeholders: Any) -> str:
    """The sentence for one or for several: `<key>_one` or `<key>_other`."""
    return say(hass, f"{key}_{'one' if count == 1 else 'other'}", count=count, **placeholders)


@callback
def decimal(hass: HomeAssistant, number: float, digits: int = 1) -> str:
    """As in "1.8" or, in German, "1,8"."""
    return f"{number:.{digits}f}".replace(".", say(hass, "decimal_mark"))


@callback
def say_source(hass: HomeAssistant, sources: SourceChoice) -> str:
    """For example "Stream: 4.0 new pictures per second, 0.1 s old" or "Stills: The camera offers no stream"."""
    if sources.kind is SourceKind.EVENTS:
        return say(hass, "source_events")
    if sources.kind is SourceKind.STILLS:
        key = f"sensor.picture_source.state_attributes.reason.state.{sources.reason}"
        return say(hass, "source_stills", reason=_text(hass, "entity", key))
    figures = sources.measured.figures
    if figures is None or figures.age is None:
        return say(hass, "source_stream")
    return say(hass, "source_stream_measured", rate=decimal(hass, figures.rate), age=decimal(hass, figures.age))


@callback
def say_error(hass: HomeAssistant, code: str, placeholders: dict[str, str]) -> str:
    """An error's message as text."""
    return _text(hass, "exceptions", f"{code}.message").format(**placeholders)


@callback
def say_refusal(entry: KithConfigEntry, refusal: Refusal) -> str:
    """Why a photo was not accepted."""
    facts = entry.runtime_data.engine.facts
    placeholders = {
        "width": str(refusal.width or 0),
        "smallest": str(facts.smallest_face) if facts else "?",
        "other": name_of(entry, refusal.like) or "",
    }
    return say_error(entry.runtime_data.hass, refusal.code, placeholders)


@callback
def say_progress(hass: HomeAssistant, instruction: str, **placeholders: str) -> str:
    """What a person being enrolled at a camera should do: the form's first paragraph, without emphasis."""
    said = _text(hass, "config_subentries", f"person.progress.{instruction}").format(**placeholders)
    return said.partition("\n")[0].strip("*")


@callback
def explain(verdict: Verdict, entry: KithConfigEntry, camera: str | None = None) -> str:
    """For example "Recognized as Ada from 4 frames in 1.8 s" or "A person: the face was 19 px wide; 24 are needed".

    camera: the id of its subentry; None if the picture is not a camera's.
    """
    hass = entry.runtime_data.hass
    sentence = _explain_followed(hass, verdict, entry, camera) or _explain(hass, verdict, entry, camera)
    if verdict.opinion is None:
        return sentence
    return say(hass, "asked_too", sentence=sentence, service=say(hass, f"service_{verdict.opinion.service}"))


def _explain(hass: HomeAssistant, verdict: Verdict, entry: KithConfigEntry, camera: str | None) -> str:
    match verdict.outcome:
        case Outcome.NOBODY:
            return say(hass, "nobody")
        case Outcome.KNOWN:
            return say(hass, "known", name=name_of(entry, verdict.person_id), **_so_far(hass, verdict))
        case Outcome.LIKELY:
            return say(hass, "likely", name=name_of(entry, verdict.likely))
        case Outcome.STRANGER:
            return say(hass, "stranger", **_so_far(hass, verdict))
        case Outcome.UNSURE:
            return say(hass, "unsure", doubt=_doubt(verdict, entry))
        case Outcome.UNUSABLE:
            return say(hass, "unusable", flaw=_flaw(verdict, entry, camera))


def _explain_followed(hass: HomeAssistant, verdict: Verdict, entry: KithConfigEntry, camera: str | None) -> str | None:
    """None if nobody is followed."""
    if (follows := verdict.follows) is None:
        return None
    here, root = (entry.subentries.get(place or "") for place in (camera, follows.root.camera))
    return say(
        hass,
        "followed",
        name=name_of(entry, follows.person_id),
        camera=here.title if here else "?",
        root=root.title if root else "?",
        time=dt_util.as_local(follows.root.captured).strftime("%H:%M"),
    )


def _so_far(hass: HomeAssistant, verdict: Verdict) -> dict[str, str]:
    return {"frames": frames(hass, verdict.frames), "seconds": decimal(hass, verdict.seconds)}


def _doubt(verdict: Verdict, entry: KithConfigEntry) -> str:
    hass = entry.runtime_data.hass
    likely, rival = name_of(entry, verdict.likely), name_of(entry, verdict.rival)
    match verdict.doubt:
        case Doubt.NOBODY_ENROLLED:
            return say(hass, "nobody_enrolled")
        case Doubt.WEAK | Doubt.MOUTH_COVERED | Doubt.NEEDS_PHOTOS if likely is None:  # whom it says was forgotten
            return say(hass, "no_name")
        case Doubt.TWO_ALIKE | Doubt.MOUTH_COVERED | Doubt.NEEDS_PHOTOS | Doubt.CONTRADICTED:
            return say(hass, verdict.doubt, likely=likely, rival=rival)
        case Doubt.FEW_FRAMES:
            return say(hass, "few_frames", frames=frames(hass, verdict.frames))
        case _:
            return say(hass, "weak", count=verdict.frames, likely=likely, reached=_reached(verdict))


@callback
def frames(hass: HomeAssistant, count: int) -> str:
    """As in "1 frame" and "4 frames"."""
    return say(hass, "frame" if count == 1 else "frames", count=count)


def _reached(verdict: Verdict) -> int:
    """The evidence reached, in percent of what is demanded."""
    share = max(0.0, verdict.evidence or 0.0) / verdict.demanded if verdict.demanded else 0.0
    return min(99, round(100 * share))


def _flaw(verdict: Verdict, entry: KithConfigEntry, camera: str | None) -> str:
    home = entry.runtime_data
    hass = home.hass
    if verdict.flaw is None:
        coordinator = home.cameras.get(camera) if camera else None
        off = coordinator is not None and not coordinator.recognizes
        return say(hass, "recognition_off" if off else "no_face_seen")
    facts = home.engine.facts
    wanted = CameraSettings.of(home.entry.subentries[camera]).scope.smallest_face if camera else 0
    smallest = max(facts.smallest_face if facts else 0, wanted)
    return say(hass, f"flaw_{verdict.flaw}", width=round(verdict.width or 0), smallest=smallest)


@callback
def judge_camera(hass: HomeAssistant, suitability: Suitability) -> str:
    """As in "Faces are 41 px wide here; 7 of 10 can be compared; most of the others are blurred: …"."""
    if not suitability.telling:
        return say(hass, "camera_untold", faces=suitability.faces)
    sentence = say(hass, "camera_told", width=suitability.width, usable=round(10 * suitability.share))
    return f"{sentence}; {say(hass, f'limit_{suitability.limit}')}" if suitability.limit else sentence


@callback
def judge_quality(hass: HomeAssistant, quality: float) -> str:
    """A template's quality in one word."""
    return say(hass, f"quality_{grade_of(quality)}")


@callback
def advise(hass: HomeAssistant, advice: Advice, name: str) -> str:
    return say(hass, f"advice_{advice}", name=name)


@callback
def judge_pair(hass: HomeAssistant, pair: Pair, first: str, second: str) -> str:
    return say(hass, "pair_alike" if pair.alike > 0 else "pair_apart", first=first, second=second)


def _text(hass: HomeAssistant, category: str, key: str) -> str:
    """The text, or the key if it is missing: a test ensures that none is."""
    texts = async_get_cached_translations(hass, _LANGUAGE.get() or hass.config.language, category, DOMAIN)
    return texts.get(f"component.{DOMAIN}.{category}.{key}", key)
