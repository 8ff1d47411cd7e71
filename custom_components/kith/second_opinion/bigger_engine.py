"""A bigger Kith engine at home: answers the same question with stronger networks than this machine can run.

It stores nothing about anybody. Its templates of the photos are kept here, as text in place of a face's id.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
import json

import aiohttp

from ..engines.pairing import PairedWith, greet
from ..errors import (
    OpinionDriftedError,
    OpinionError,
    OpinionOutdatedError,
    OpinionPhotoRefusedError,
    OpinionRefusedError,
    OpinionReplacedError,
    OpinionThrottledError,
    OpinionUnavailableError,
    OpinionUnintelligibleError,
    OpinionUnpairedError,
)
from ..identity.gallery import Gallery, Source, Template
from ..identity.photo_policy import Refusal, choose_face, enrolled_embeddings
from ..identity.scores import direction_of, probe_of
from ..kith_engine.analysis import Analysis, EngineFacts, Face, Look
from ..kith_engine.client import EngineClient
from ..kith_engine.errors import (
    EngineBusyError,
    EngineError,
    EngineRefusedError,
    EngineReplacedError,
    EngineUnavailableError,
    EngineUnpairedError,
    KithError,
    PictureError,
    ProtocolMismatchError,
)
from ..storage.template_codec import decode_template, encode_template
from .protocol import Answer, Enrolled, Meter, Said

OPINION = "opinion"
"""Stands in for a camera's id when the engine is asked."""
WEIGHT, DOUBT = 0.45, -0.75
"""Its evidence counts as WEIGHT times its likelihood ratio (natural logarithm) plus DOUBT. Both networks see the same
picture, and the engine is asked only about faces that already look like somebody: what misled the first network often
misleads the second, too. Fitted by logistic regression (Brümmer & du Preez 2006) on doubtful visits, with the first
evidence held fixed; two pairs of networks, each with one and with three photos, gave 0.35 to 0.49 and -0.6 to -1.0. The
ratio must be at least 1.7 to support a name."""
_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""It does not matter here when a template was made."""
_KINDS: tuple[tuple[type[KithError], type[OpinionError]], ...] = (
    (EngineUnpairedError, OpinionUnpairedError),
    (EngineRefusedError, OpinionRefusedError),
    (EngineReplacedError, OpinionReplacedError),
    (ProtocolMismatchError, OpinionOutdatedError),
    (EngineBusyError, OpinionThrottledError),
    (EngineUnavailableError, OpinionUnavailableError),
)


class BiggerEngine:
    """One engine over TCP. It is greeted before the first question and after each failure, as it may have changed.

    paired: what proves both sides, if this home was paired with the engine; read anew at each greeting.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        token: str | None,
        paired: Callable[[], Awaitable[PairedWith]] | None = None,
    ) -> None:
        self._session = session
        self._url = url
        self._token = token
        self._paired = paired
        self._client = EngineClient(session, url, token)
        self._met: EngineFacts | None = None

    async def check(self, meter: Meter) -> None:
        self._met = None
        await self._meet(meter)

    async def ask(self, face: bytes, suspects: Sequence[Enrolled], meter: Meter) -> Answer:
        """Raises OpinionDriftedError if its network is not the one that made the suspects' templates."""
        facts = await self._meet(meter)
        gallery = _gallery(suspects, facts)
        try:
            seen = in_the_middle(await self._look(face, meter))
        except PictureError:
            seen = None
        return answer_of(seen, gallery, facts)

    async def add_person(self, person_id: str, meter: Meter) -> str:
        return person_id

    async def add_face(self, key: str, face: bytes, meter: Meter) -> str:
        """Returns the template itself."""
        facts = await self._meet(meter)
        try:
            found = choose_face(await self._look(face, meter), facts.calibration)
        except PictureError as error:
            raise OpinionPhotoRefusedError("it cannot read the photo.") from error
        if isinstance(found, Refusal):
            raise OpinionPhotoRefusedError(f"it rejects the photo: {found.code}.")
        return _as_text(found, facts)

    async def remove_face(self, key: str, face_id: str, meter: Meter) -> None:
        """The engine stores none."""

    async def remove_person(self, key: str, meter: Meter) -> None:
        """The engine stores none."""

    async def knows(self, key: str, meter: Meter) -> bool:
        return False

    async def learn(self, meter: Meter) -> None:
        """The engine needs no training."""

    async def leave(self, keys: Sequence[str], meter: Meter) -> None:
        """The engine stores nothing."""

    async def _meet(self, meter: Meter) -> EngineFacts:
        if self._met is None:
            meter.count(0)
            self._met = await self._answered(self._greet())
        return self._met

    async def _greet(self) -> EngineFacts:
        if self._paired is None:
            return await self._client.hello()
        paired = await self._paired()
        self._client = EngineClient(self._session, self._url, tls=paired.tls)
        return await greet(self._client, EngineClient(self._session, self._url, tls=paired.unnamed))

    async def _look(self, picture: bytes, meter: Meter) -> Analysis:
        """Also raises PictureError."""
        meter.count(len(picture))
        return await self._answered(self._client.analyze(picture, camera=OPINION, look=Look.PORTRAIT))

    async def _answered[T](self, question: Awaitable[T]) -> T:
        try:
            return await question
        except EngineError as error:
            self._met = None
            kind = next((ours for theirs, ours in _KINDS if isinstance(error, theirs)), OpinionUnintelligibleError)
            raise kind(self._without_token(str(error))) from None

    def _without_token(self, said: str) -> str:
        """The service may repeat what it was sent."""
        return said.replace(self._token, "…") if self._token else said


def answer_of(face: Face | None, gallery: Gallery, facts: EngineFacts) -> Answer:
    """What an engine's network says of a face: a person who is likelier than a stranger, or nobody.

    gallery: the people asked about, at least one.
    """
    probe = probe_of(face, facts.calibration) if face is not None else None
    if probe is None:
        return Answer(Said.NO_FACE, facts.embedding)
    weights = gallery.index(facts.embedding, facts.calibration).weigh(direction_of([probe]))
    likest, score = weights.people[0][0], weights.cosines[0]
    ratios = {who: WEIGHT * ratio + DOUBT for (who, _), ratio in zip(weights.people, weights.alone, strict=True)}
    if ratios[likest] <= 0:
        return Answer(Said.NOBODY, facts.embedding, None, score, ratios)
    return Answer(Said.PERSON, facts.embedding, likest, score, ratios)


def in_the_middle(analysis: Analysis) -> Face | None:
    """The face that was cropped, at the center: a face beside it may be larger."""
    across, down = analysis.width / 2, analysis.height / 2
    there = [
        face
        for face in analysis.faces
        if face.box.left <= across <= face.box.right and face.box.top <= down <= face.box.bottom
    ]
    return max(there, key=lambda face: face.box.area, default=None)


def _as_text(face: Face, facts: EngineFacts) -> str:
    embeddings = enrolled_embeddings(face, facts.embedding, facts.calibration)
    template = Template("", embeddings, _ANY_TIME, Source.PHOTO, face.quality.width)
    return json.dumps(encode_template(template), separators=(",", ":"))


def _gallery(suspects: Sequence[Enrolled], facts: EngineFacts) -> Gallery:
    try:
        found = {
            one.person_id: tuple(decode_template(json.loads(text)) for text in one.faces.values()) for one in suspects
        }
    except (ValueError, TypeError, KeyError) as error:
        raise OpinionDriftedError("what it computed from the photos is no longer readable.") from error
    made = [template for person_templates in found.values() for template in person_templates]
    if not made or any(one.embedding != facts.embedding or len(one.vector) != facts.dimensions for one in made):
        raise OpinionDriftedError("it has a different network than the one people were enrolled with.")
    return Gallery(found)
