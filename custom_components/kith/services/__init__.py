"""Kith's actions, grouped into modules by topic."""

from homeassistant.core import HomeAssistant, SupportsResponse, callback
from homeassistant.helpers.service import async_register_admin_service

from ..const import DOMAIN
from . import analyze, ask, check, enroll, forget, look

_ACTIONS = (
    ("enroll", enroll.enroll, enroll.ENROLL_SCHEMA, SupportsResponse.OPTIONAL),
    ("mark_face", enroll.mark_face, enroll.MARK_FACE_SCHEMA, SupportsResponse.OPTIONAL),
    ("ask", ask.ask, ask.ASK_SCHEMA, SupportsResponse.OPTIONAL),
    ("list_templates", enroll.list_templates, enroll.LIST_SCHEMA, SupportsResponse.ONLY),
    ("remove_template", enroll.remove_template, enroll.REMOVE_SCHEMA, SupportsResponse.OPTIONAL),
    ("identify", look.identify, look.IDENTIFY_SCHEMA, SupportsResponse.ONLY),
    ("analyze", analyze.analyze, analyze.ANALYZE_SCHEMA, SupportsResponse.ONLY),
    ("check_gallery", check.check_gallery, check.CHECK_SCHEMA, SupportsResponse.ONLY),
    ("export_evaluation", check.export_evaluation, check.EXPORT_SCHEMA, SupportsResponse.ONLY),
    ("forget_person", forget.forget_person, forget.FORGET_SCHEMA, SupportsResponse.OPTIONAL),
)
"""For administrators only: they change the gallery, compare faces with it, or send one."""


@callback
def register_actions(hass: HomeAssistant) -> None:
    for name, action, schema, answers in _ACTIONS:
        async_register_admin_service(hass, DOMAIN, name, action, schema, supports_response=answers)
    hass.services.async_register(
        DOMAIN, "scan", look.scan, look.SCAN_SCHEMA, supports_response=SupportsResponse.OPTIONAL
    )
