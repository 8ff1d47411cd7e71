"""Does a pack compute here what it computed where it was made? Asked before it takes another one's place."""

import io

from PIL import Image, ImageDraw

from .analysis import Look
from .conversion.references import reference_for
from .errors import PackError, PackFailedTest
from .packs import Pack
from .pipeline import Pipeline

_CAMERA = "self-test"


def test(pack: Pack) -> None:
    """Every network's answers to a known picture, then the whole way of a drawn one. Raises PackFailedTest."""
    for network in pack.networks:
        reference = reference_for(network.sha256)
        if reference is None:
            raise PackFailedTest(f"nobody stored what {network.file} must answer; update Kith")
        try:
            reference.compare(pack.open_network(network, 1).run(reference.picture()))
        except PackError as error:
            raise PackFailedTest(f"{network.file}: {error}") from error
    pipeline, picture = Pipeline(pack), _drawn()
    for look in (Look.PEOPLE, Look.PORTRAIT):
        pipeline.analyze(picture, _CAMERA, look)


def _drawn() -> bytes:
    """A face as a child draws it, with a body, as a JPEG."""
    picture = Image.new("RGB", (640, 480), (150, 170, 150))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((240, 260, 400, 480), fill=(60, 70, 120))
    pen.ellipse((255, 80, 385, 250), fill=(224, 182, 150))
    for x in (293, 347):
        pen.ellipse((x - 10, 145, x + 10, 157), fill=(40, 30, 30))
    pen.line((320, 160, 315, 190, 326, 190), fill=(170, 120, 100), width=4)
    pen.arc((290, 185, 350, 225), 20, 160, fill=(150, 50, 50), width=6)
    encoded = io.BytesIO()
    picture.save(encoded, "JPEG", quality=90)
    return encoded.getvalue()
