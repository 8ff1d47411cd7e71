"""The kinds of services and their clients: the one place that knows all of them."""

from functools import partial

from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ..engines.pairing import decode_certificate, paired_with
from ..settings import ServiceKind, ServiceSettings
from .azure import AzureService
from .bigger_engine import BiggerEngine
from .compreface import CompreFaceService
from .protocol import Service


def service_of(hass: HomeAssistant, settings: ServiceSettings) -> Service:
    """The client of a service. Sends nothing."""
    session = async_get_clientsession(hass)
    match settings.kind:
        case ServiceKind.KITH:
            certificate = decode_certificate(settings.certificate)
            paired = partial(paired_with, hass, certificate) if certificate else None
            return BiggerEngine(session, settings.url, settings.key or None, paired)
        case ServiceKind.COMPREFACE:
            return CompreFaceService(session, settings.url, settings.key)
        case ServiceKind.AZURE:
            return AzureService(session, settings.url, settings.key, settings.group)
