"""The demo's only person: the astronaut Eileen Collins, from scikit-image's public-domain portrait (NASA, 1993).

The portrait ends at the hip; trousers and boots are drawn, so that she can also be seen from afar.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter
from skimage.data import astronaut

from .drawing import Point

TALL = 1124
"""Height of the whole figure, in the portrait's pixels; the face is then about 95 pixels wide."""
EYES = 102
"""Distance from the top of the figure to the eyes, in the same pixels."""
FACE_WIDTH = 95
NECK = 222
"""The body's center, from the portrait's left edge."""

# The outline, traced by hand in pixels of the doubled portrait (1024 × 1024): hair, neck, collar, shoulder, helmet,
# arm.
OUTLINE: tuple[Point, ...] = (
    (345, 238), (322, 218), (309, 182), (311, 147), (327, 112), (352, 92), (382, 64), (421, 43), (465, 34), (510, 42),
    (549, 65), (578, 97), (595, 136), (600, 171), (594, 204), (576, 234), (558, 254), (545, 272), (534, 290),
    (522, 318), (514, 348), (556, 382), (590, 422), (608, 468), (640, 490), (674, 522), (694, 562), (709, 612),
    (721, 660), (727, 698), (762, 692), (802, 690), (850, 698), (899, 722), (938, 757), (968, 802), (983, 850),
    (992, 905), (1000, 930), (1004, 980), (1000, 1023), (70, 1023), (62, 990), (52, 940), (49, 880), (42, 800),
    (48, 740), (58, 670), (73, 610), (93, 560), (128, 512), (172, 458), (228, 418), (231, 380), (243, 346), (267, 320),
    (306, 302), (350, 300), (368, 300), (366, 266), (352, 262), (342, 245),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pose:
    """Where she is in a picture, as shares of its size.

    middle: of the body, from the left. eyes: their height, from the top. height: of the whole figure, including the
    feet; it may extend below the picture. lean: degrees, clockwise. light: 1 as photographed, less is darker. tint:
    above 1 the light is warmer, below 1 colder.
    """

    middle: float
    eyes: float
    height: float
    lean: float = 0.0
    light: float = 1.0
    tint: float = 1.0

    def face_width(self, picture_height: int) -> float:
        """The width of her face in this pose, in pixels."""
        return FACE_WIDTH * self.height * picture_height / TALL


def portrait() -> Image.Image:
    """The original photograph, 512 × 512, which is uploaded to enroll her."""
    return Image.fromarray(astronaut())  # type: ignore[no-untyped-call]


def with_person(scene: Image.Image, pose: Pose) -> Image.Image:
    """A copy of `scene` with her in it."""
    scale = pose.height * scene.height / TALL
    figure = _figure().resize((round(512 * scale), round(TALL * scale)), Image.Resampling.BICUBIC, reducing_gap=2.0)
    if pose.lean:
        figure = figure.rotate(-pose.lean, Image.Resampling.BICUBIC, center=(NECK * scale, figure.height))
    color, mask = figure.convert("RGB"), figure.getchannel("A")
    if pose.light != 1.0:
        color = ImageEnhance.Brightness(color).enhance(pose.light)
    if pose.tint != 1.0:
        red, green, blue = color.split()
        color = Image.merge("RGB", (_gain(red, pose.tint), green, _gain(blue, 1 / pose.tint)))
    left = round(pose.middle * scene.width - NECK * scale)
    top = round(pose.eyes * scene.height - EYES * scale)
    picture = scene.copy()
    feet = top + figure.height
    if feet < scene.height * 1.2:
        _cast_shadow(picture, left + NECK * scale, feet, scale)
    picture.paste(color, (left, top), mask)
    return picture


def _gain(channel: Image.Image, factor: float) -> Image.Image:
    return channel.point([min(255, round(value * factor)) for value in range(256)])


def _cast_shadow(picture: Image.Image, x: float, feet: float, scale: float) -> None:
    mask = Image.new("L", (picture.width // 4, picture.height // 4))
    wide, deep = 190 * scale, 34 * scale
    ImageDraw.Draw(mask).ellipse(
        [(x - wide) / 4, (feet - 1.6 * deep) / 4, (x + wide) / 4, (feet + 0.6 * deep) / 4], fill=120
    )
    picture.paste((24, 18, 14), (0, 0), mask.filter(ImageFilter.GaussianBlur(3 + 4 * scale)).resize(picture.size))


@lru_cache(maxsize=1)
def _figure() -> Image.Image:
    """The whole figure on a transparent background, RGBA, 512 wide and TALL high."""
    figure = Image.new("RGBA", (512, TALL))
    figure.alpha_composite(_legs())
    photo = portrait().convert("RGBA")
    outline = Image.new("L", (1024, 1024))
    ImageDraw.Draw(outline).polygon(OUTLINE, fill=255)
    mask = outline.filter(ImageFilter.GaussianBlur(2.4)).resize(photo.size, Image.Resampling.BOX)
    # The blur also spreads outward; pixels less than half covered are mostly the studio's backdrop.
    mask = mask.point([max(0, min(255, (value - 70) * 255 // 160)) for value in range(256)])
    fade = Image.fromarray(
        np.repeat(np.clip((511 - np.arange(512)) * 12, 0, 255).astype(np.uint8)[:, None], 512, axis=1)
    )
    photo.putalpha(ImageChops.multiply(mask, fade))
    figure.alpha_composite(photo)
    return figure


def _legs() -> Image.Image:
    """What the photograph cuts off: the jacket's hem, the glove, the helmet's lower rim, trousers, and boots."""
    cloth, crease = (222, 84, 42, 255), (150, 52, 26, 255)
    picture = Image.new("RGBA", (1024, TALL * 2))
    pen = ImageDraw.Draw(picture)
    for outer, inner in ((204, 424), (668, 436)):  # the legs, from hip to ankle
        aside = 1 if outer < inner else -1
        edge = [(outer, 1000), (outer + 18 * aside, 1630), (outer + 52 * aside, 2170)]
        pen.polygon([*edge, (inner - 20 * aside, 2170), (inner - 8 * aside, 1640), (inner + 6, 1000)], fill=cloth)
        boot = sorted((outer + 34 * aside, inner - 2 * aside))
        pen.rounded_rectangle([boot[0], 2126, boot[1], 2246], 44, fill=(34, 32, 34, 255))
        for y in (1590, 1650, 1890):
            x = min(outer, inner)
            pen.line([(x + 40, y), (x + 100, y + 24), (x + 160, y + 6)], fill=crease, width=7)
    picture = _rounded(picture, ((190, 430), (430, 690)))
    hem = Image.new("RGBA", picture.size)
    pen = ImageDraw.Draw(hem)
    pen.rounded_rectangle([70, 900, 690, 1150], 70, fill=cloth)
    pen.line([(110, 1118), (650, 1118)], fill=crease, width=8)
    picture.alpha_composite(_rounded(hem, ((70, 690),)))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle([196, 990, 350, 1140], 60, fill=(40, 36, 66, 255))
    pen.ellipse([562, 686, 998, 1100], fill=(16, 16, 18, 255))
    return picture.filter(ImageFilter.GaussianBlur(3)).resize((512, TALL), Image.Resampling.BOX)


def _rounded(cloth: Image.Image, limbs: tuple[tuple[int, int], ...]) -> Image.Image:
    """Shade every limb (from its left to its right edge) as if round, lit from the upper left like the photograph."""
    pixels = np.asarray(cloth, np.float32).copy()
    for left, right in limbs:
        turn = np.linspace(0, 1, right - left, dtype=np.float32)
        pixels[:, left:right, :3] *= (0.56 + 0.46 * np.sin(np.pi * (turn * 0.8 + 0.2)))[None, :, None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
