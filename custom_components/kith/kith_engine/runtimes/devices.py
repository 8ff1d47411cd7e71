"""What can run networks here besides the processor: onnxruntime's execution providers and OpenVINO's devices.

A device is called like its provider: "cuda", "coreml"; those of a plugin (a package called onnxruntime-ep-…) like
"webgpu-plugin-gpu"; those of OpenVINO's own runtime like "openvino-gpu".
"""

from collections.abc import Iterator
from functools import cache
import importlib
import logging
import pkgutil
from typing import Any

from . import Device, Runtime, choose

_LOGGER = logging.getLogger(__name__)

CPU = "cpu"
_PLUGIN = "onnxruntime_ep_"
"""Beginning of the names of modules that bring a provider (onnxruntime.ai, "plugin execution providers")."""
_SUFFIX = "ExecutionProvider"
_NOT_HERE = {"CPU", "Azure"}
"""The processor is a device anyway, and Azure's provider would send pictures away."""


def devices() -> tuple[Device, ...]:
    """The processor first. Raises RuntimeMissingError if there is no runtime at all."""
    base = choose().runtime
    found = [Device(CPU, base)]
    if base is Runtime.OIP:
        return tuple(found)
    if base is Runtime.ONNXRUNTIME:
        found += _providers()
        found += [Device(name, Runtime.ONNXRUNTIME, name) for name in plugins()]
    found += [device for device in _openvino() if base is not Runtime.OPENVINO or device.target != "CPU"]
    return tuple(found)


@cache
def plugins() -> dict[str, Any]:
    """Onnxruntime's devices of installed plugins by our names; a plugin that does not load is logged."""
    import onnxruntime  # noqa: PLC0415  only where it is the runtime

    names: set[str] = set()
    for name in plugin_modules():
        try:
            module = importlib.import_module(name)
            onnxruntime.register_execution_provider_library(name, module.get_library_path())
            names.update(module.get_ep_names())
        except Exception as error:  # whatever a foreign library does, the others stay usable
            _LOGGER.warning("%s is of no use here: %s", name, " ".join(str(error).split()))
    found = [device for device in onnxruntime.get_ep_devices() if device.ep_name in names] if names else []
    return {f"{_short(device.ep_name)}-plugin-{device.device.type.name.lower()}": device for device in found}


def plugin_modules() -> list[str]:
    """The names of the modules of all installed plugins."""
    return sorted(module.name for module in pkgutil.iter_modules() if module.name.startswith(_PLUGIN))


def _providers() -> Iterator[Device]:
    """Those that onnxruntime itself was built with."""
    import onnxruntime  # noqa: PLC0415

    for provider in onnxruntime.get_available_providers():
        name = provider.removesuffix(_SUFFIX)
        if name not in _NOT_HERE and provider.endswith(_SUFFIX) and provider not in _of_plugins():
            yield Device(_short(provider), Runtime.ONNXRUNTIME, provider)


def _of_plugins() -> set[str]:
    return {device.ep_name for device in plugins().values()}


def _openvino() -> Iterator[Device]:
    try:
        from .openvino import targets  # noqa: PLC0415
    except ImportError:
        return
    for target in targets():
        yield Device(f"openvino-{target.lower()}", Runtime.OPENVINO, target)


def _short(provider: str) -> str:
    return provider.removesuffix(_SUFFIX).lower()
