"""What another pack would change, in words: from the last try (enrollment/pack_trial.py)."""

from collections.abc import Iterator

from homeassistant.core import callback

from ..identity.pack_replay import Change, PackReplay
from ..runtime import Home
from ..subentries import name_of
from .sentences import say, say_count


@callback
def tell_replay(home: Home, replay: PackReplay) -> str:
    """All of it, as Markdown in the home's language."""
    lines = "\n".join(f"- {line}" for line in tell_visits(home, replay))
    told = (head_of(home, replay), lines, tell_photos(home, replay), tell_lost(home, replay))
    return "\n\n".join(part for part in told if part)


@callback
def head_of(home: Home, replay: PackReplay) -> str:
    """What the lines of `tell_visits` are about."""
    if not replay.visits:
        return say(home.hass, "replay_no_visits")
    return say_count(home.hass, "replay_visits", len(replay.visits))


@callback
def tell_visits(home: Home, replay: PackReplay) -> Iterator[str]:
    """As in "2 would get a name: Ada 1, Carl 1"."""
    if replay.named:
        yield say_count(home.hass, "replay_known", replay.named)
    if same := len(replay.visits) - len(replay.changed):
        yield say_count(home.hass, "replay_same", same)
    for change in Change:
        if people := replay.people(change):
            named = ", ".join(f"{_names(home, *pair)} {count}" for pair, count in people.most_common())
            yield say_count(home.hass, f"replay_{change}", people.total(), people=named)


@callback
def tell_photos(home: Home, replay: PackReplay) -> str | None:
    """How many kept photos suffice for their person's name, before and after; None if none were tried."""
    photos = sum(one.photos for one in replay.photos.values())
    if not photos:
        return None
    before, after = (
        sum(counts) for counts in zip(*((one.before, one.after) for one in replay.photos.values()), strict=True)
    )
    words = say_count(home.hass, "replay_photos", photos, before=before, after=after)
    changed = [
        say(home.hass, "replay_photos_of", name=_name(home, who), before=one.before, after=one.after)
        for who, one in replay.photos.items()
        if one.before != one.after
    ]
    return f"{words} {' '.join(sorted(changed))}".rstrip()


@callback
def tell_lost(home: Home, replay: PackReplay) -> str | None:
    """Who would need new photos; None if nobody would."""
    if not replay.lost:
        return None
    return say(home.hass, "replay_lost", people=", ".join(sorted(_name(home, who) for who in replay.lost)))


@callback
def _names(home: Home, before: str | None, after: str | None) -> str:
    return " → ".join(_name(home, who) for who in (before, after) if who is not None)


@callback
def _name(home: Home, person_id: str) -> str:
    return name_of(home.entry, person_id) or ""
