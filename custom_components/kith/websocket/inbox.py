"""The inbox: the questions "Who is this?" and their possible answers."""

from typing import Any

from homeassistant.core import callback
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..const import CONF_PERSON_ID
from ..descriptions.photo import tell_weak
from ..descriptions.sentences import judge_quality, say
from ..review.answers import Answered, Judged, assign, best_of, deny, dismiss
from ..review.inbox import Group, group_of, groups_of, nameable
from ..runtime import Home
from ..settings import retention_days, retention_is_decided
from ..storage.faces import Kept
from ..subentries import name_of
from .command import ID, PAGED, UNDO, Command, RefusedError, iso_time, page, undo, undoable
from .marks import SURE, demand_plausible
from .newcomer import NEWCOMER, demand_newcomer
from .serialize import Portraits, camera_name, chip, demand_person, face_picture, portraits_of, quality_word


async def _list(home: Home, request: dict[str, Any]) -> JsonObjectType:
    groups = await groups_of(home)
    shown, cursor = page(groups, request, lambda group: group.group_id)
    kept = await portraits_of(home)
    return {
        "groups": [_serialize_group(home, group, kept) for group in shown],
        "cursor": cursor,
        "total": len(groups),
        "keeping_days": retention_days(home.entry),
        "keeping_decided": retention_is_decided(home.entry),
    }


async def _get(home: Home, request: dict[str, Any]) -> JsonObjectType:
    return _serialize_group(home, await _demand_group(home, request), await portraits_of(home))


async def _assign(home: Home, request: dict[str, Any]) -> JsonObjectType:
    faces, left_out = await _demand_faces(home, request)
    name = demand_person(home, request["person_id"]).title
    if request["person_id"] not in nameable(home):
        raise RefusedError("not_agreed", person=name)
    answered = await assign(home, faces, request["person_id"], left_out=left_out)
    return _answered(home, answered, request["person_id"])


async def _create(home: Home, request: dict[str, Any]) -> JsonObjectType:
    person, (faces, left_out) = demand_newcomer(home, request), await _demand_faces(home, request)
    person_id: str = person.data[CONF_PERSON_ID]
    answered = await assign(home, faces, person_id, added=person, left_out=left_out)
    return {**_answered(home, answered, person_id), "person_id": person_id}


async def _dismiss(home: Home, request: dict[str, Any]) -> JsonObjectType:
    faces, left_out = await _demand_faces(home, request)
    never = request["how"] == "never"
    if never:
        await demand_plausible(home, best_of(faces).template, None, request)
    return undoable(await dismiss(home, faces, never=never, left_out=left_out))


async def _deny(home: Home, request: dict[str, Any]) -> JsonObjectType:
    faces, left_out = await _demand_faces(home, request)
    demand_person(home, request["person_id"])
    await demand_plausible(home, best_of(faces).template, request["person_id"], request)
    return undoable(await deny(home, faces, request["person_id"], left_out=left_out))


async def _demand_group(home: Home, request: dict[str, Any]) -> Group:
    if (group := await group_of(home, request["group_id"])) is None:
        raise RefusedError("question_gone")
    return group


async def _demand_faces(home: Home, request: dict[str, Any]) -> tuple[list[Kept], list[Kept]]:
    """All faces of the group, or the chosen ones; and those that were left out."""
    group = await _demand_group(home, request)
    chosen = set(request.get("face_ids", [face.face_id for face in group.faces]))
    faces = [face for face in group.faces if face.face_id in chosen]
    if len(faces) < len(chosen):
        raise RefusedError("question_gone")
    return faces, [face for face in group.faces if face.face_id not in chosen]


@callback
def _answered(home: Home, answered: Answered, person_id: str) -> JsonObjectType:
    """hint: what is needed before Kith names the person."""
    return {
        **undoable(answered),
        "hint": tell_weak(home, person_id),
        "kept": [_judged(home, one) for one in answered.learned],
        "dropped": [_judged(home, one) for one in answered.left],
    }


@callback
def _judged(home: Home, judged: Judged) -> JsonObjectType:
    return {"face_id": judged.face_id, "why": say(home.hass, f"answer_{judged.why}")}


@callback
def _serialize_group(home: Home, group: Group, kept: Portraits) -> JsonObjectType:
    faces = group.faces
    suggestion: JsonObjectType | None = None
    if group.suggestion is not None:
        words = say(home.hass, "probably", name=name_of(home.entry, group.suggestion))
        suggestion = {**chip(home, group.suggestion, kept), "words": words}
    return {
        "group_id": group.group_id,
        "faces": [_face(home, face) for face in faces],
        "visits": len({face.visit_id or face.face_id for face in faces}),
        "first": iso_time(min(face.captured for face in faces)),
        "last": iso_time(group.last),
        "cameras": [*dict.fromkeys(camera_name(home, face.camera) for face in faces)],
        "suggestion": suggestion,
        "likely": [chip(home, who, kept) for who in group.likely],
        "stranger": group.stranger,
    }


@callback
def _face(home: Home, face: Kept) -> JsonObjectType:
    width, quality = round(face.template.width), face.template.quality
    return {
        "face_id": face.face_id,
        "picture": face_picture(home, face.face_id),
        "captured": iso_time(face.captured),
        "camera": camera_name(home, face.camera),
        "camera_id": face.camera,
        "width": width,
        "quality": quality_word(quality),
        "words": say(home.hass, "face_words", width=width, quality=judge_quality(home.hass, quality)),
    }


GROUP = {vol.Required("group_id"): ID}
FACES_SCHEMA = {**GROUP, vol.Optional("face_ids"): vol.All([ID], vol.Length(1, 500))}
HOW = vol.In(["skip", "never"])
COMMANDS = (
    Command("inbox/list", _list, PAGED, trusted=True),
    Command("inbox/get", _get, GROUP, trusted=True),
    Command("inbox/assign", _assign, {**FACES_SCHEMA, vol.Required("person_id"): ID}, trusted=True),
    Command("inbox/create", _create, {**FACES_SCHEMA, **NEWCOMER}),
    Command("inbox/dismiss", _dismiss, {**FACES_SCHEMA, **SURE, vol.Required("how"): HOW}, trusted=True),
    Command("inbox/not", _deny, {**FACES_SCHEMA, **SURE, vol.Required("person_id"): ID}, trusted=True),
    Command("inbox/undo", undo, UNDO, trusted=True),
)
