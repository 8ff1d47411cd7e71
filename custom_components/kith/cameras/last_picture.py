"""The last picture of a camera, for people to look at and faces to be cut from."""

from datetime import datetime

from ..kith_engine.analysis import Analysis
from .sight import Sight


class LastPicture:
    """picture, captured: of the last look for people; empty before it, and once a picture showed somebody to avoid.

    analysis: of the last look, whatever it was for.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.picture = b""
        self.captured: datetime | None = None
        self.analysis: Analysis | None = None

    def keep(self, sight: Sight, analysis: Analysis) -> None:
        self.analysis = analysis
        if analysis.looked:
            self.picture, self.captured = sight.picture, sight.captured
