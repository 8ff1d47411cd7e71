"""Kith's public names. Automations and stored data use them, so they do not change."""

from typing import Final

DOMAIN: Final = "kith"

SUBENTRY_CAMERA: Final = "camera"
SUBENTRY_PERSON: Final = "person"
SUBENTRY_SERVICE: Final = "service"

CONF_CAMERA: Final = "camera"
CONF_CAMERAS: Final = "cameras"
CONF_INTERVAL: Final = "interval"
CONF_ENABLED: Final = "enabled"
CONF_ENGINE: Final = "engine"
CONF_PERSON: Final = "person"
CONF_PERSON_ID: Final = "person_id"
CONF_CONSENT: Final = "consent"
CONF_CONSENT_BY: Final = "consent_by"
CONF_SURENESS: Final = "sureness"
CONF_WAKE: Final = "wake"
CONF_TURNED: Final = "turned"
CONF_CLOSE_UP: Final = "close_up"
CONF_SMALLEST_FACE: Final = "smallest_face"
CONF_SOURCE: Final = "source"
CONF_IGNORED: Final = "ignored"
CONF_SENSITIVITY: Final = "sensitivity"
CONF_ALLOWED: Final = "allowed"
CONF_HERE_FOR: Final = "here_for"
CONF_BORN: Final = "born"
CONF_MERGED: Final = "merged"
CONF_KEEP_STRANGERS: Final = "keep_strangers"
CONF_PACK: Final = "pack"
CONF_KIND: Final = "kind"
CONF_URL: Final = "url"
CONF_KEY: Final = "key"
CONF_GROUP: Final = "group"
CONF_BAND: Final = "band"
CONF_PER_MINUTE: Final = "per_minute"
CONF_PER_DAY: Final = "per_day"
CONF_NOT_AT: Final = "not_at"
CONF_NOT_ABOUT: Final = "not_about"

ENGINE_LOCAL: Final = "local"
ENGINE_REMOTE: Final = "remote"

DEFAULT_INTERVAL: Final = 2.0
"""Seconds between two pictures while nothing moves: soon enough for a visitor at the door, at 1% of one core."""

EVENT_RECOGNIZED: Final = "kith_person_recognized"
EVENT_STRANGER: Final = "kith_stranger_seen"

APPROVAL_FORM: Final = "https://aka.ms/facerecognition"
"""Microsoft's form for allowing an account to identify people."""
