"""Every text exists and says what to do."""

import json
from pathlib import Path
import re
from typing import Any

import pytest

from custom_components.kith.errors import RuntimeNotInstalledError  # noqa: F401 so that its kinds are among KithError's
from custom_components.kith.kith_engine.analysis import Flaw
from custom_components.kith.kith_engine.errors import KithError

KITH = Path(__file__).parents[2] / "custom_components" / "kith"
LANGUAGES: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text()) for path in sorted((KITH / "translations").glob("*.json"))
}
TEXTS = LANGUAGES["en"]


def kinds(kind: type[KithError]) -> set[type[KithError]]:
    return {kind}.union(*(kinds(below) for below in kind.__subclasses__()))


def steps() -> list[tuple[str, dict[str, Any]]]:
    found = list(TEXTS["config"]["step"].items())
    for subentry in TEXTS["config_subentries"].values():
        found += subentry["step"].items()
    return found


@pytest.mark.parametrize("error", sorted(kinds(KithError), key=lambda kind: kind.__name__))
def test_every_error_has_a_text(error: type[KithError]) -> None:
    assert error.code in TEXTS["exceptions"]


@pytest.mark.parametrize("flaw", list(Flaw))
def test_every_flaw_has_a_text_where_photos_are_given(flaw: Flaw) -> None:
    for texts in (TEXTS["exceptions"], TEXTS["config_subentries"]["person"]["error"]):
        assert f"face_{flaw}" in texts


@pytest.mark.parametrize(("name", "step"), steps())
def test_every_field_is_explained(name: str, step: dict[str, Any]) -> None:
    assert step.get("data", {}).keys() == step.get("data_description", {}).keys()


def test_every_key_that_the_code_uses_has_a_text() -> None:
    code = "".join(path.read_text() for path in KITH.rglob("*.py"))
    used = set(re.findall(r'translation_key="(\w+)"', code))
    assert used
    assert used <= TEXTS["exceptions"].keys() | TEXTS["issues"].keys() | TEXTS["selector"].keys()


def every_text(node: Any, place: str = "") -> dict[str, str]:
    """Dotted place → text."""
    if isinstance(node, str):
        return {place: node}
    return {inner: text for key, value in node.items() for inner, text in every_text(value, f"{place}.{key}").items()}


def placeholders(texts: dict[str, Any]) -> dict[str, list[str]]:
    return {place: sorted(re.findall(r"{(\w+)}", text)) for place, text in every_text(texts).items()}


def test_german_says_everything_that_english_says() -> None:
    assert LANGUAGES.keys() == {"de", "en"}
    assert placeholders(LANGUAGES["de"]) == placeholders(TEXTS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_has_what_hassfest_refuses(language: str) -> None:
    for place, text in every_text(LANGUAGES[language]).items():
        assert text, place
        assert text == text.strip(), place
        assert "<" not in text, place
        assert "://" not in text.replace("http://192.168", ""), place
        assert "'{" not in text, place
        assert "[%key:" not in text, place


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_setting_has_one_name_in_the_dialog_on_the_page_and_in_hints(language: str) -> None:
    texts = LANGUAGES[language]
    page, dialog = texts["config_panel"]["settings"], texts["options"]["step"]["init"]["data"]
    for on_page, in_dialog in (("keeping", "keep_strangers"), ("answering", "trusted"), ("networks", "pack")):
        assert page[on_page] == dialog[in_dialog]
    assert page["more_networks"].rstrip(" …") == dialog["extras"]
    menu = texts["config_panel"]["nav"]["settings"]
    for text in every_text(texts).values():
        for hint in re.findall(rf"Kith > {menu} > ", text):
            assert any(f"{hint}{name}" in text for name in page.values()), text
