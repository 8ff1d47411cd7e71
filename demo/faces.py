"""Drawn faces of nobody, all different, which Kith can compare."""

from functools import lru_cache
import hashlib
import io

from PIL import Image, ImageDraw, ImageFilter

SIZE = 256
SKINS = ("#f1c9a5", "#d9a77c", "#b07a4f", "#8a5a36", "#f6d7c3", "#c68e63")
HAIRS = ("#2b2018", "#5a3a22", "#8b5a2b", "#c9a15a", "#7a7a7a", "#1a1a1f", "#a0522d")
WALLS = ("#9fb3c8", "#c8b79f", "#a9bfa5", "#bda9c2", "#8fa6a0", "#c2a9a0")
SHIRTS = ("#37506b", "#6b3747", "#476b37", "#4a4a55", "#7a5a2e")


@lru_cache
def face(who: str) -> bytes:
    """A JPEG, 256 × 256, always the same for the same `who`."""
    seed = hashlib.sha256(who.encode()).digest()
    skin, hair, wall, shirt = (
        kinds[seed[place] % len(kinds)] for place, kinds in enumerate((SKINS, HAIRS, WALLS, SHIRTS))
    )
    picture = Image.new("RGB", (SIZE * 2, SIZE * 2), wall)
    draw = ImageDraw.Draw(picture)
    wide = 92 + seed[4] % 20
    draw.ellipse((60, 400, 452, 700), fill=shirt)
    draw.rectangle((212, 330, 300, 440), fill=skin)
    back = 30 + seed[5] % 60
    draw.ellipse((256 - wide - 24, 84, 256 + wide + 24, 300 + back), fill=hair)
    draw.ellipse((256 - wide, 110, 256 + wide, 380), fill=skin)
    draw.pieslice((256 - wide - 6, 84, 256 + wide + 6, 250), 180, 360, fill=hair)
    for side in (-1, 1):
        middle = 256 + side * (38 + seed[6] % 8)
        draw.ellipse((middle - 16, 226, middle + 16, 246), fill="#fbfbf8")
        draw.ellipse((middle - 8, 227, middle + 8, 245), fill="#33261c")
        draw.line((middle - 22, 208 - seed[7] % 6, middle + 22, 208), fill=hair, width=7)
        if seed[8] % 3 == 0:
            draw.ellipse((middle - 30, 210, middle + 30, 264), outline="#222222", width=5)
    draw.line((256, 246, 248, 288, 262, 292), fill="#00000055", width=4, joint="curve")
    draw.arc((216, 290, 296, 340), 20, 160, fill="#8c3b3b", width=7)
    if seed[9] % 4 == 0:
        draw.chord((256 - 70, 270, 256 + 70, 388), 15, 165, fill=hair)
    picture = picture.filter(ImageFilter.GaussianBlur(2)).resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=86)
    return out.getvalue()


def scene() -> bytes:
    """A camera's picture, 1920 × 1080: two people in front of a house."""
    picture = Image.new("RGB", (1920, 1080), "#93a7b4")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 760, 1920, 1080), fill="#77806f")
    draw.rectangle((120, 120, 560, 800), fill="#b9a58c")
    draw.rectangle((240, 300, 440, 800), fill="#5d4a3b")
    draw.polygon([(700, 1080), (1000, 1080), (1100, 760), (1010, 760)], fill="#a39d92")
    for left, top, right, bottom, shirt in ((610, 220, 905, 1010, "#37506b"), (1200, 300, 1340, 720, "#6b3747")):
        wide, tall = right - left, bottom - top
        head = wide * 0.36
        middle = (left + right) / 2 - wide * 0.05
        draw.rounded_rectangle(
            (left + wide * 0.1, top + tall * 0.2, right - wide * 0.1, top + tall * 0.62), wide * 0.2, fill=shirt
        )
        draw.rectangle((left + wide * 0.2, top + tall * 0.58, right - wide * 0.2, bottom), fill="#2f3238")
        draw.ellipse((middle - head / 2, top + tall * 0.03, middle + head / 2, top + tall * 0.2), fill="#d9a77c")
        draw.pieslice(
            (middle - head / 2, top + tall * 0.02, middle + head / 2, top + tall * 0.18), 180, 360, fill="#3a2a1e"
        )
    out = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(1.5)).save(out, "JPEG", quality=80)
    return out.getvalue()
