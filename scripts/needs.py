"""Prints the requirements of Home Assistant's default integrations and of those that Kith relies on.

For scripts/lock; runs in a Python environment with Home Assistant.
"""

import json
import pathlib

from homeassistant import bootstrap
from homeassistant.auth.mfa_modules import totp

OF_USE_TO_KITH = {"camera", "file_upload", "generic", "history", "isal", "logbook", "media_source", "person", "stream"}
ADDED_BY_ONBOARDING = {"google_translate", "met", "radio_browser", "shopping_list"}


def main() -> None:
    """Follow dependencies from manifest to manifest."""
    components = pathlib.Path(bootstrap.__file__).parent / "components"
    todo = bootstrap.DEFAULT_INTEGRATIONS | OF_USE_TO_KITH | ADDED_BY_ONBOARDING
    seen = set[str]()
    found = set(totp.REQUIREMENTS)  # which no manifest names: every login is offered a second factor
    while todo:
        seen.add(domain := todo.pop())
        manifest = components / domain / "manifest.json"
        if manifest.exists():
            facts = json.loads(manifest.read_text())
            found |= set(facts.get("requirements", []))
            todo |= {*facts.get("dependencies", []), *facts.get("after_dependencies", [])} - seen
    print(*sorted(found), sep="\n")


main()
