"""A set of two scenes, in the form that the evaluation reads."""

from pathlib import Path

from PIL import Image

from tests.pictures import astronaut


def write_scenes(pictures: Path) -> None:
    """One scene with somebody, and one with nobody."""
    folder = pictures / "persons"
    folder.mkdir()
    astronaut().save(folder / "one.png")
    Image.new("RGB", (512, 512), "gray").save(folder / "none.png")
    rows = ("file,boxes,scene,complete", "one.png,11 20 368 507,everyday,yes", "none.png,,negative,yes")
    (folder / "index.csv").write_text("\n".join(rows), encoding="utf-8")
