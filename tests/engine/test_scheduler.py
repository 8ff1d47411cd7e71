"""Whose picture is analyzed next."""

import asyncio
from collections.abc import AsyncIterator, Callable
import threading

import pytest

from kith_engine import scheduler
from kith_engine.errors import EngineBusyError, EngineUnavailableError, PictureError, SupersededError
from kith_engine.scheduler import MOST_WAITING_CAMERAS, MOST_WAITING_PORTRAITS, Scheduler


@pytest.fixture
async def turns() -> AsyncIterator[Scheduler]:
    turns = Scheduler()
    yield turns
    await turns.close()


class Line:
    """Jobs that record when they run; the first one blocks the others until it is released."""

    def __init__(self, turns: Scheduler) -> None:
        self.ran: list[str] = []
        self.go = threading.Event()
        self._turns = turns
        self._started = threading.Event()

    async def hold(self) -> asyncio.Task[str]:
        """Returns when the thread is busy."""
        first = self.queue("held", self._wait)
        await asyncio.to_thread(self._started.wait, 10)
        return first

    def _wait(self) -> str:
        self._started.set()
        assert self.go.wait(10)
        return "held"

    def queue(self, camera: str | None, job: Callable[[], str] | None = None, name: str = "") -> asyncio.Task[str]:
        def note() -> str:
            self.ran.append(name or str(camera))
            return name or str(camera)

        return asyncio.create_task(self._turns.take(job or note, camera))


@pytest.fixture
def line(turns: Scheduler) -> Line:
    return Line(turns)


async def settle() -> None:
    """Let every task run that can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_newest_frame_of_a_camera_wins(line: Line) -> None:
    held = await line.hold()
    old, newer, newest = (line.queue("hall", name=f"frame {number}") for number in range(3))
    await settle()
    line.go.set()
    for frame in (old, newer):
        with pytest.raises(SupersededError):
            await frame
    assert await newest == "frame 2"
    await held
    assert line.ran == ["frame 2"]


async def test_a_frame_that_is_being_looked_at_is_not_superseded(line: Line) -> None:
    held = await line.hold()
    later = line.queue("held")
    line.go.set()
    assert (await held, await later) == ("held", "held")


async def test_a_hurried_camera_does_not_starve_the_others(line: Line) -> None:
    held = await line.hold()
    tasks = [line.queue("hurried"), line.queue("door"), line.queue("garden")]
    await settle()
    for _ in range(5):
        tasks.append(line.queue("hurried"))
        await settle()
    line.go.set()
    await asyncio.gather(held, *tasks, return_exceptions=True)
    assert line.ran == ["hurried", "door", "garden"]


async def test_a_camera_that_was_just_served_waits_behind_the_others(line: Line) -> None:
    held = await line.hold()
    door, again = line.queue("door"), line.queue("held")
    await settle()
    line.go.set()
    await asyncio.gather(held, door, again)
    assert line.ran == ["door", "held"]


async def test_portraits_are_never_superseded(line: Line) -> None:
    held = await line.hold()
    portraits = [line.queue(None, name=f"portrait {number}") for number in range(MOST_WAITING_PORTRAITS)]
    await settle()
    line.go.set()
    assert await asyncio.gather(held, *portraits) == ["held", *(f"portrait {n}" for n in range(MOST_WAITING_PORTRAITS))]


async def test_too_many_portraits_are_told_so_and_cameras_still_get_in(line: Line) -> None:
    held = await line.hold()
    portraits = [line.queue(None) for _ in range(MOST_WAITING_PORTRAITS)]
    await settle()
    with pytest.raises(EngineBusyError):
        await line.queue(None)
    door = line.queue("door")
    await settle()
    line.go.set()
    assert await door == "door"
    await asyncio.gather(held, *portraits)


async def test_too_many_cameras_are_told_so(line: Line) -> None:
    held = await line.hold()
    cameras = [line.queue(f"camera {number}") for number in range(MOST_WAITING_CAMERAS)]
    await settle()
    with pytest.raises(EngineBusyError):
        await line.queue("one more")
    line.go.set()
    await asyncio.gather(held, *cameras)


async def test_who_goes_away_frees_the_place_at_once(line: Line) -> None:
    held = await line.hold()
    portraits = [line.queue(None, name="gone") for _ in range(MOST_WAITING_PORTRAITS)]
    await settle()
    for portrait in portraits:
        portrait.cancel()
    await settle()
    last = line.queue(None, name="last")
    await settle()
    line.go.set()
    await asyncio.gather(held, last)
    assert line.ran == ["last"]


async def test_a_frame_that_comes_in_the_moment_its_predecessor_goes_away_is_looked_at(line: Line) -> None:
    held = await line.hold()
    old = line.queue("hall", name="old")
    await settle()
    new = line.queue("hall", name="new")
    old.cancel()  # it notices only after the new one has come
    await settle()
    line.go.set()
    assert await new == "new"
    await held
    assert old.cancelled()


async def test_a_job_that_fails_fails_for_its_caller_only(line: Line) -> None:
    def fail() -> str:
        raise PictureError("no picture")

    with pytest.raises(PictureError, match="no picture"):
        await line.queue("hall", fail)
    assert await line.queue("hall") == "hall"


async def test_the_loop_stays_free_while_a_picture_is_looked_at(line: Line) -> None:
    held = await line.hold()
    await settle()  # would never return if the job ran on the loop
    assert not held.done()
    line.go.set()
    await held


async def test_closing_waits_for_the_running_job_and_tells_the_others(turns: Scheduler, line: Line) -> None:
    held = await line.hold()
    waiting = line.queue("door")
    await settle()
    closing = asyncio.create_task(turns.close())
    with pytest.raises(EngineUnavailableError):
        await waiting
    line.go.set()
    await closing
    assert await held == "held"
    with pytest.raises(EngineUnavailableError):
        await line.queue("door")
    assert line.ran == []


async def test_a_picture_that_takes_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in this process can end it, so whoever runs the process has to."""
    monkeypatch.setattr(scheduler, "JOB_DEADLINE", 0.01)
    overdue = threading.Event()
    turns = Scheduler(overdue.set)
    assert await turns.take(lambda: overdue.wait(10), "hall")
    await turns.close()


async def test_a_picture_in_time_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[bool] = []
    turns = Scheduler(lambda: told.append(True))
    await turns.take(lambda: None, "hall")
    assert not [timer for timer in asyncio.get_running_loop()._scheduled if not timer.cancelled()]
    await turns.close()
    assert not told
