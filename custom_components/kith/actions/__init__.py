"""Kith's actions: a file for each kind of question."""

from homeassistant.core import HomeAssistant, SupportsResponse, callback
from homeassistant.helpers.service import async_register_admin_service

from ..const import DOMAIN
from . import checking, enrolling, forgetting, looking

_ACTIONS = (
    ("enroll", enrolling.enroll, enrolling.ENROLL_SCHEMA, SupportsResponse.OPTIONAL),
    ("mark_face", enrolling.mark_face, enrolling.MARK_FACE_SCHEMA, SupportsResponse.OPTIONAL),
    ("list_templates", enrolling.list_templates, enrolling.LIST_SCHEMA, SupportsResponse.ONLY),
    ("remove_template", enrolling.remove_template, enrolling.REMOVE_SCHEMA, SupportsResponse.OPTIONAL),
    ("identify", looking.identify, looking.IDENTIFY_SCHEMA, SupportsResponse.ONLY),
    ("check_gallery", checking.check_gallery, checking.CHECK_SCHEMA, SupportsResponse.ONLY),
    ("export_evaluation", checking.export_evaluation, checking.EXPORT_SCHEMA, SupportsResponse.ONLY),
    ("forget_person", forgetting.forget_person, forgetting.FORGET_SCHEMA, SupportsResponse.OPTIONAL),
)
"""Those that touch the gallery or compare with it: for admins."""


@callback
def register_actions(hass: HomeAssistant) -> None:
    for name, action, schema, answers in _ACTIONS:
        async_register_admin_service(hass, DOMAIN, name, action, schema, supports_response=answers)
    hass.services.async_register(
        DOMAIN, "scan", looking.scan, looking.SCAN_SCHEMA, supports_response=SupportsResponse.OPTIONAL
    )
