"""Questions "Who is this?" on phones: whoever was asked answers with one tap, once, as long as the question is open."""

from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
import logging
import secrets
from typing import Any

from homeassistant.auth.models import User
from homeassistant.components.notify import ATTR_DATA, ATTR_MESSAGE, ATTR_TITLE, DOMAIN as NOTIFY_DOMAIN
from homeassistant.core import Event, EventOrigin, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..descriptions.photo import tell_weak
from ..descriptions.reader import language_of
from ..descriptions.sentences import say, say_error, speak
from ..errors import details
from ..http_views import STRANGERS
from ..kith_engine.errors import KithError
from ..review.answers import assign, dismiss
from ..review.inbox import Group, group_of, nameable
from ..runtime import Home
from ..settings import may_answer
from ..subentries import name_of

_LOGGER = logging.getLogger(__name__)

EVENT_TAP = "mobile_app_notification_action"
"""What the companion app fires in the name of its user."""
MOST_NAMES = 2
"""Android shows three buttons: two names and "somebody else"."""
MOST_OPEN = 32
"""Questions that wait for a tap; the oldest is given up. After a restart, nobody can answer on the phone."""
QUESTIONS: HassKey[PhoneQuestions] = HassKey(f"{DOMAIN}_phone_questions")


@dataclass(frozen=True, slots=True, eq=False)
class Phone:
    """service: its notify action. user: who is logged in on it."""

    service: str
    user: User


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """face_ids: the faces that were asked about. camera: the name of the one that saw the newest."""

    group_id: str
    face_ids: frozenset[str]
    best: str
    camera: str
    suggestion: str | None
    names: tuple[str, ...]
    phones: tuple[Phone, ...]

    @property
    def tag(self) -> str:
        """Replaces an earlier notification about the same person."""
        return f"kith-{self.group_id}"


@dataclass(frozen=True, slots=True, eq=False)
class Button:
    """answer: a person's id; None for somebody else."""

    question: Question
    phone: Phone
    answer: str | None


class PhoneQuestions:
    """The open questions on phones. A button's action is a secret that only its phone was told."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._hass = home.hass
        self._buttons: dict[str, Button] = {}

    @callback
    def start(self) -> None:
        """Listen until the entry is unloaded."""
        self._hass.data[QUESTIONS] = self

        @callback
        def ours(event: Mapping[str, Any]) -> bool:
            action = event.get("action")
            return isinstance(action, str) and action in self._buttons

        @callback
        def stop() -> None:
            del self._hass.data[QUESTIONS]

        self._home.entry.async_on_unload(self._hass.bus.async_listen(EVENT_TAP, self._tapped, event_filter=ours))
        self._home.entry.async_on_unload(stop)

    async def ask(self, group: Group, phones: Sequence[Phone], title: str | None = None) -> list[Phone]:
        """Ask on these phones, each in its user's language. title: instead of Kith's own. Returns those reached."""
        home, newest = self._home, max(group.faces, key=lambda face: face.captured)
        camera = home.entry.subentries.get(newest.camera)
        question = Question(
            group.group_id,
            frozenset(face.face_id for face in group.faces),
            group.faces[0].face_id,
            camera.title if camera else "",
            group.suggestion,
            tuple(who for who in (group.suggestion, *group.likely) if who is not None)[:MOST_NAMES],
            tuple(phones),
        )
        self._close(question.group_id)
        return [phone for phone in phones if await self._in_words_of(phone, self._ask(question, phone, title))]

    async def _ask(self, question: Question, phone: Phone, title: str | None) -> bool:
        actions = [
            *(self._button(question, phone, who, name_of(self._home.entry, who) or "?") for who in question.names),
            self._button(question, phone, None, say(self._hass, "phone_somebody_else")),
            {"action": "URI", "title": say(self._hass, "phone_open"), "uri": f"/kith/inbox/{question.group_id}"},
        ]
        key = "phone_is_it" if question.suggestion else "phone_who"
        message = say(self._hass, key, name=name_of(self._home.entry, question.suggestion))
        page = actions[-1]["uri"]  # Android takes clickAction, iOS url; both apps get the picture as their user
        data = {"actions": actions, "clickAction": page, "url": page, "image": f"{STRANGERS}/{question.best}"}
        words = title or say(self._hass, "phone_title", camera=question.camera)
        return await self._send(phone, question, message, title=words, **data)

    @callback
    def _button(self, question: Question, phone: Phone, answer: str | None, title: str) -> dict[str, str]:
        token = f"KITH_{secrets.token_urlsafe(24)}"
        self._buttons[token] = Button(question, phone, answer)
        return {"action": token, "title": title}

    @callback
    def _close(self, group_id: str) -> None:
        """Drop this question's buttons, and the oldest question's if there are too many."""
        self._buttons = {token: one for token, one in self._buttons.items() if one.question.group_id != group_id}
        waiting = list(dict.fromkeys(one.question.group_id for one in self._buttons.values()))
        if len(waiting) >= MOST_OPEN:
            self._close(waiting[0])

    @callback
    def _tapped(self, event: Event) -> None:
        button = self._buttons[event.data["action"]]
        asked = button.phone.user
        if event.origin is EventOrigin.remote and event.context.user_id == asked.id:
            self._close(button.question.group_id)
            work = self._in_words_of(button.phone, self._answer(button))
            self._home.entry.async_create_background_task(self._hass, work, f"{DOMAIN} answers from a phone")

    async def _answer(self, button: Button) -> None:
        try:
            words = await self._give(button)
        except KithError as error:
            words = say_error(self._hass, error.code, {"details": details(error)})
        await self._send(button.phone, button.question, words)
        for phone in button.question.phones:
            if phone is not button.phone:
                await self._send(phone, button.question, "clear_notification")

    async def _give(self, button: Button) -> str:
        """Answer as the page does. Returns what to tell whoever tapped."""
        home, hass, question = self._home, self._hass, button.question
        user = await hass.auth.async_get_user(button.phone.user.id)
        if user is None or not may_answer(home.entry, user):
            return say_error(hass, "phone_not_allowed", {"phone": button.phone.service})
        group = await group_of(home, question.best)
        faces = [face for face in group.faces if face.face_id in question.face_ids] if group else []
        if not faces:
            return say_error(hass, "question_gone", {})
        if button.answer is None:
            await dismiss(home, faces, never=False)
            return say(hass, "phone_dismissed")
        name = name_of(home.entry, button.answer) or ""
        if button.answer not in nameable(home):
            return say_error(hass, "not_agreed", {"person": name})
        answered = await assign(home, faces, button.answer)
        if answered.learned:
            hint = tell_weak(home, button.answer)
            return say(hass, "phone_learned", name=name) + (f" {hint}." if hint else "")
        return say(hass, "phone_named", name=name, why=say(hass, f"answer_{answered.left[0].why}"))

    async def _send(
        self, phone: Phone, question: Question, message: str, *, title: str | None = None, **data: Any
    ) -> bool:
        """Returns whether the phone could be reached: another one can be, even if this one cannot."""
        service = {ATTR_MESSAGE: message, ATTR_DATA: {"tag": question.tag, "group": DOMAIN, **data}}
        if title is not None:
            service[ATTR_TITLE] = title
        try:
            await self._hass.services.async_call(NOTIFY_DOMAIN, phone.service, service, blocking=True)
        except HomeAssistantError as error:
            _LOGGER.warning("notify.%s did not take a notification: %s", phone.service, error)
            return False
        return True

    async def _in_words_of[T](self, phone: Phone, work: Coroutine[Any, Any, T]) -> T:
        """In a task of its own, so that nothing else is said in this user's language."""

        async def spoken() -> T:
            await speak(self._hass, await language_of(self._hass, phone.user))
            return await work

        return await self._hass.async_create_task(spoken(), f"{DOMAIN} speaks to a phone")
