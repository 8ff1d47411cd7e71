"""The empty places that the demo's cameras look at, drawn: a hall inside and the front path outside."""

from functools import lru_cache

from PIL import Image

from .drawing import DESIGN, Canvas, Color, Point

CAMERAS = ("front_door", "hall")
"""The demo's cameras, in the order in which somebody who comes home passes them."""

WARM_WHITE: Color = (238, 232, 220)
TIMBER: Color = (142, 104, 70)
DARK_TIMBER: Color = (92, 64, 42)


@lru_cache(maxsize=8)
def empty(camera: str, size: tuple[int, int] = DESIGN, seed: int = 0) -> Image.Image:
    """What `camera` sees when nobody is there, without noise. The same seed always draws the same place."""
    draw = {"front_door": _front_path, "hall": _hall}[camera]
    canvas = Canvas(seed)
    draw(canvas)
    return canvas.finished(size, vignette=0.3)


def _hall(canvas: Canvas) -> None:
    """A hall from a shelf at eye height: vanishing point (960, 430), the back wall from (640, 210) to (1280, 660)."""
    _floor_of_boards(canvas)
    canvas.area([(320, -10), (1600, -10), (1280, 210), (640, 210)], (206, 200, 190), (228, 224, 215))
    canvas.area([(0, -230), (640, 210), (640, 660), (0, 1120)], (172, 166, 152), (216, 210, 196), across=True, mottle=2)
    canvas.area([(1920, -230), (1280, 210), (1280, 660), (1920, 1120)], (222, 215, 201), (178, 170, 156), True, 2)
    canvas.box((640, 210, 1280, 660), (226, 220, 206), (208, 200, 184), mottle=2)
    _skirting(canvas)
    _back_door(canvas)
    _side_window(canvas)
    _pictures_on_the_wall(canvas)
    _bench_with_plant(canvas)
    lamp = [(910, 60), (1010, 60), (1040, 110), (880, 110)]
    canvas.soft([(700, -80), (1220, -80), (1220, 220), (700, 220)], (255, 244, 214), 0.5, 90)
    canvas.area(lamp, (255, 250, 236), (250, 236, 202))
    canvas.soft([(640, 640), (1280, 640), (1280, 680), (640, 680)], (60, 42, 28), 0.35, 14)


def _floor_of_boards(canvas: Canvas) -> None:
    floor = [(-690, 1620), (640, 660), (1280, 660), (2610, 1620)]
    canvas.area(floor, (150, 112, 76), (176, 134, 92), mottle=5)
    for number in range(-26, 27):  # seams run to the vanishing point
        near, far = 960 + number * 112, 960 + number * 112 * 230 / 650
        canvas.area(
            [(far - 0.6, 660), (far + 0.6, 660), (near + 2, 1080), (near - 2, 1080)], (108, 78, 52), (122, 88, 58)
        )
    rug = [(820, 700), (1100, 700), (1290, 1000), (630, 1000)]
    canvas.soft([(x, y + 6) for x, y in rug], (40, 28, 20), 0.4, 10)
    canvas.area(rug, (88, 98, 112), (112, 124, 140), mottle=7)
    canvas.area([(836, 712), (1084, 712), (1256, 984), (664, 984)], (178, 170, 154), (196, 188, 172), mottle=6)
    canvas.area([(846, 722), (1074, 722), (1234, 968), (686, 968)], (94, 104, 120), (116, 128, 146), mottle=8)


def _skirting(canvas: Canvas) -> None:
    canvas.box((640, 636, 1280, 660), (244, 241, 234), (228, 224, 214))
    canvas.area([(640, 636), (640, 660), (0, 1120), (0, 1052)], (236, 232, 222), (214, 208, 196))
    canvas.area([(1280, 636), (1280, 660), (1920, 1120), (1920, 1052)], (236, 232, 222), (214, 208, 196))


def _back_door(canvas: Canvas) -> None:
    canvas.box((836, 300, 1064, 662), WARM_WHITE, (222, 216, 204))
    canvas.box((852, 316, 1048, 662), (96, 122, 118), (82, 106, 102))
    for left, top, right, bottom in ((874, 340, 942, 478), (958, 340, 1026, 478)):
        canvas.box((left - 4, top - 4, right + 4, bottom + 4), (70, 92, 88), (104, 130, 126))
        canvas.box((left, top, right, bottom), (206, 222, 232), (176, 196, 204))  # frosted panes, daylight behind
    for left, top, right, bottom in ((874, 506, 942, 632), (958, 506, 1026, 632)):
        canvas.box((left, top, right, bottom), (72, 96, 92), (108, 136, 130))
        canvas.box((left + 5, top + 5, right - 5, bottom - 5), (92, 118, 113), (86, 110, 106))
    canvas.ellipse((1028, 488, 1042, 502), (226, 214, 172), (150, 130, 80))


def _side_window(canvas: Canvas) -> None:
    """A window in the left wall, with a patch of sun on the floor."""
    frame: list[Point] = [(236, 112), (480, 214), (480, 486), (236, 606)]
    canvas.area([(222, 92), (492, 206), (492, 496), (222, 628)], (246, 243, 236), (226, 222, 212))
    canvas.area(frame, (196, 220, 242), (236, 240, 226))
    canvas.area([(236, 470), (480, 400), (480, 486), (236, 606)], (132, 158, 108), (108, 138, 88), mottle=12)
    canvas.area([(352, 160), (362, 164), (362, 546), (352, 550)], (240, 236, 228), (224, 220, 210))
    canvas.area([(236, 352), (480, 344), (480, 352), (236, 362)], (240, 236, 228), (224, 220, 210))
    canvas.area([(214, 622), (500, 492), (506, 502), (214, 640)], (250, 247, 240), (220, 214, 202))
    canvas.soft([(330, 960), (640, 770), (800, 790), (560, 1010)], (255, 236, 190), 0.34, 16)
    canvas.soft([(0, 0), (220, 60), (220, 700), (0, 1000)], (40, 34, 30), 0.22, 60)


def _pictures_on_the_wall(canvas: Canvas) -> None:
    """One picture on the back wall, two on the right: hills, drawn loosely."""
    canvas.soft([(1128, 328), (1240, 328), (1240, 448), (1128, 448)], (50, 40, 30), 0.35, 8)
    canvas.box((1124, 320, 1232, 440), DARK_TIMBER, TIMBER)
    canvas.box((1132, 328, 1224, 432), (246, 242, 232), (238, 232, 220))
    canvas.box((1146, 344, 1210, 416), (168, 196, 214), (222, 206, 176))
    canvas.area(
        [(1146, 392), (1172, 374), (1192, 388), (1210, 378), (1210, 416), (1146, 416)], (96, 124, 100), (70, 96, 78)
    )
    for near, far, top, bottom in ((1700, 1560, 150, 560), (1500, 1410, 214, 526)):
        slope = 30 * (near - far) / 140
        outer = [(far, top + slope), (near, top), (near, bottom), (far, bottom - slope)]
        canvas.soft([(x + 8, y + 10) for x, y in outer], (50, 40, 30), 0.35, 9)
        canvas.area(outer, DARK_TIMBER, TIMBER)
        inset = (near - far) * 0.16
        left, right = far + inset, near - inset
        inner = [
            (left, top + slope + inset),
            (right, top + inset),
            (right, bottom - inset),
            (left, bottom - slope - inset),
        ]
        canvas.area(inner, (214, 188, 158), (150, 116, 104), mottle=10)
        canvas.area(
            [(left, bottom - slope - inset - 120), (right, bottom - inset - 160), *inner[2:]],
            (84, 96, 124),
            (56, 66, 92),
        )


def _bench_with_plant(canvas: Canvas) -> None:
    """Against the right wall, near the camera."""
    canvas.soft([(1440, 880), (1700, 1080), (1920, 1080), (1800, 900)], (36, 26, 18), 0.5, 22)
    canvas.area(
        [(1430, 700), (1560, 690), (1920, 880), (1920, 980), (1760, 930)], (168, 124, 84), (146, 106, 72), mottle=4
    )
    canvas.area([(1430, 700), (1760, 930), (1760, 962), (1430, 726)], (120, 86, 56), (98, 70, 46), mottle=3)
    canvas.area([(1446, 738), (1470, 754), (1470, 872), (1446, 852)], (104, 74, 48), (74, 52, 34))
    canvas.area([(1720, 936), (1752, 958), (1752, 1080), (1720, 1080)], (104, 74, 48), (74, 52, 34))
    canvas.area([(1492, 610), (1572, 610), (1560, 706), (1504, 706)], (198, 112, 82), (150, 80, 58), mottle=3)
    for tip_x, tip_y in ((1440, 470), (1478, 420), (1530, 396), (1580, 424), (1624, 476), (1400, 540), (1650, 548)):
        middle = ((tip_x + 1532) / 2, (tip_y + 612) / 2 - 20)
        leaf = [(1526, 614), (middle[0] - 15, middle[1]), (tip_x, tip_y), (middle[0] + 15, middle[1] + 10), (1538, 614)]
        canvas.area(leaf, (112, 148, 92), (58, 92, 56), mottle=9)


def _front_path(canvas: Canvas) -> None:
    """From beside a front door: a garden path to a gate, hedges, a street with houses."""
    canvas.box((0, 0, 1920, 470), (146, 182, 222), (226, 230, 228), mottle=4)
    _houses(canvas)
    canvas.box((0, 436, 1920, 500), (126, 124, 122), (138, 136, 134), mottle=3)  # the street
    canvas.box((0, 496, 1920, 516), (178, 174, 166), (160, 156, 148))
    canvas.box((0, 512, 1920, 1090), (132, 158, 92), (92, 124, 62), mottle=9)
    path: list[Point] = [(905, 512), (1015, 512), (1560, 1090), (300, 1090)]
    canvas.soft([(x, y + 4) for x, y in path], (50, 60, 30), 0.5, 8)
    canvas.area(path, (190, 180, 164), (168, 158, 144), mottle=5)
    for row in range(1, 16):  # slabs, farther apart near the camera
        y = 512 + 578 * (row / 16) ** 2.2
        left, right = 905 - 605 * (y - 512) / 578, 1015 + 545 * (y - 512) / 578
        thick = 0.8 + 4 * (row / 16) ** 2
        canvas.area([(left, y), (right, y), (right, y + thick), (left, y + thick)], (128, 120, 108), (140, 132, 118))
    canvas.area([(957, 512), (960, 512), (966, 1090), (956, 1090)], (134, 126, 112), (140, 132, 118))
    for side in (-1, 1):
        _hedge(canvas, side)
    _gate(canvas)
    _porch(canvas)


def _houses(canvas: Canvas) -> None:
    rows: tuple[tuple[int, int, Color, Color], ...] = (
        (-60, 520, (196, 170, 148), (142, 92, 76)),
        (560, 1010, (214, 204, 186), (96, 92, 98)),
        (1060, 1500, (186, 152, 128), (124, 78, 64)),
        (1540, 2000, (206, 196, 180), (88, 86, 92)),
    )
    for left, right, wall, roof in rows:
        canvas.box((left, 250, right, 440), wall, (wall[0] - 22, wall[1] - 22, wall[2] - 22), mottle=3)
        canvas.area([(left - 26, 256), (left + 70, 150), (right - 70, 150), (right + 26, 256)], roof, roof, mottle=5)
        step = (right - left) // 4
        for x in range(left + step // 2, right - 40, step):
            canvas.box((x, 290, x + 52, 360), (242, 240, 234), (230, 228, 220))
            canvas.box((x + 5, 295, x + 47, 355), (86, 104, 122), (130, 146, 156))
    for x, y, radius in ((534, 250, 90), (1036, 300, 66), (1522, 262, 84)):
        canvas.box((x - 7, y, x + 7, 446), (92, 74, 56), (72, 56, 42))
        canvas.ellipse((x - radius, y - radius, x + radius, y + radius * 0.9), (122, 150, 92), (70, 100, 58), mottle=16)


def _hedge(canvas: Canvas, side: int) -> None:
    """side: -1 left of the path, 1 right of it."""

    def at(x: float, y: float) -> Point:
        return (960 + side * x, y)

    canvas.soft([at(90, 520), at(130, 530), at(760, 1090), at(560, 1090)], (40, 54, 26), 0.5, 18)
    canvas.area([at(96, 440), at(240, 440), at(1400, 690), at(760, 690)], (106, 140, 78), (84, 120, 62), mottle=16)
    canvas.area(
        [at(96, 440), at(760, 690), at(760, 1090), at(700, 1090), at(96, 530)], (74, 106, 54), (48, 74, 36), mottle=18
    )
    canvas.area([at(760, 690), at(1400, 690), at(1400, 1090), at(740, 1090)], (82, 116, 60), (44, 70, 34), mottle=18)


def _gate(canvas: Canvas) -> None:
    for x in (888, 1020):
        canvas.box((x, 424, x + 14, 528), (236, 232, 224), (196, 190, 180))
    for x in range(908, 1016, 14):
        canvas.box((x, 446, x + 6, 522), (232, 228, 220), (202, 198, 188))
    for y in (456, 504):
        canvas.box((902, y, 1020, y + 7), (240, 236, 228), (206, 202, 192))


def _porch(canvas: Canvas) -> None:
    """A post on the left and the roof's edge above: nearest to the camera."""
    canvas.area([(0, 0), (1920, 0), (1920, 44), (0, 78)], (150, 142, 130), (112, 104, 94))
    canvas.area([(0, 70), (1920, 38), (1920, 54), (0, 92)], (236, 232, 224), (214, 208, 198))
    canvas.soft([(0, 90), (1920, 50), (1920, 100), (0, 150)], (40, 40, 44), 0.25, 20)
    canvas.area([(96, 60), (206, 60), (214, 1090), (88, 1090)], (240, 237, 230), (198, 192, 182), across=True, mottle=2)
    canvas.area([(206, 60), (236, 60), (246, 1090), (214, 1090)], (182, 176, 166), (160, 154, 146))
