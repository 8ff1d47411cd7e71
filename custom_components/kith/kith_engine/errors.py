"""Kith's error tree. Each error says what happened, to what, and what to do."""


class KithError(Exception):
    """Base of all errors that Kith raises on purpose.

    `code` is stable: it goes over the wire, and Home Assistant's side uses it as a translation key.
    """

    code = "failed"


class EngineError(KithError):
    """The engine, or the connection to it, failed."""

    code = "engine_failed"


class EngineUnavailableError(EngineError):
    """The engine does not answer: it has not started, it died, or the network is down. A later retry may help."""

    code = "engine_unavailable"


class EngineRefusedError(EngineError):
    """The token is missing or wrong."""

    code = "engine_refused"


class EngineUnpairedError(EngineRefusedError):
    """The engine does not know this home's certificate: it was never paired with it, or has forgotten it."""

    code = "engine_unpaired"


class EngineReplacedError(EngineError):
    """Something at the engine's address has another certificate than the engine that was paired."""

    code = "engine_replaced"


class PairingError(EngineError):
    """The engine and the home could not be paired."""

    code = "pairing_failed"


class PairingClosedError(PairingError):
    """The engine shows no code now, so it lets nobody in."""

    code = "pairing_closed"


class PairingCodeError(PairingError):
    """The code that was typed is not the one that the engine shows."""

    code = "pairing_code_wrong"


class ProtocolMismatchError(EngineError):
    """Client and server speak different versions of the protocol: one of them must be updated."""

    code = "protocol_mismatch"


class SupersededError(EngineError):
    """Something more urgent about the same camera came before this look's turn or end; nothing came of it."""

    code = "superseded"


class EngineBusyError(EngineError):
    """More requests are waiting than the engine accepts; try again later."""

    code = "engine_busy"


class InferenceServerError(EngineError):
    """The inference server that carries the networks answered with an error, or not as it should."""

    code = "inference_server_failed"


class InferenceServerUnavailableError(InferenceServerError):
    """The inference server cannot be reached, or died while it answered."""

    code = "inference_server_unavailable"


class InferenceServerSlowError(InferenceServerError):
    """The inference server did not answer in time."""

    code = "inference_server_slow"


class ModelNotReadyError(InferenceServerError):
    """The inference server does not have the network, or has not loaded it."""

    code = "model_not_ready"


class ModelMismatchError(InferenceServerError):
    """What the inference server has under the network's name is another one: its shapes, types or answers differ."""

    code = "model_mismatch"


class StreamError(EngineError):
    """A camera's stream gives no pictures."""

    code = "stream_failed"


class StreamClosedError(StreamError):
    """The engine has no stream of this camera: it was started since, or nobody asked about it for minutes."""

    code = "stream_closed"


class StreamUnreachableError(StreamError):
    """The camera does not answer, or no longer does."""

    code = "stream_unreachable"


class StreamRefusedError(StreamError):
    """The camera does not accept the user name or the password."""

    code = "stream_refused"


class StreamNotFoundError(StreamError):
    """The camera has no stream at this address; it may have expired."""

    code = "stream_not_found"


class StreamWithoutVideoError(StreamError):
    """The stream has sound only."""

    code = "stream_without_video"


class StreamUndecodableError(StreamError):
    """There is no decoder for what the camera sends, or it is damaged."""

    code = "stream_undecodable"


class PictureError(KithError):
    """These bytes are not a picture that Kith can read."""

    code = "picture_unreadable"


class PictureForeignError(PictureError):
    """A photo in a format of phones that only browsers convert."""

    code = "picture_foreign"


class PictureIncompleteError(PictureError):
    """The file ends before the picture does."""

    code = "picture_incomplete"


class PictureTooLargeError(PictureError):
    """The picture has more bytes or pixels than the engine accepts."""

    code = "picture_too_large"


class ClipError(PictureError):
    """These bytes are not a recording that Kith can read."""

    code = "clip_unreadable"


class ClipTooLargeError(ClipError):
    """The recording has more bytes or pixels than the engine accepts."""

    code = "clip_too_large"


class PackError(KithError):
    """A pack of networks is missing, damaged, or unavailable."""

    code = "pack_unusable"


class PackDamagedError(PackError):
    """A file's SHA-256 is not the one that the manifest names."""

    code = "pack_damaged"


class PackUnavailableError(PackError):
    """A file could not be downloaded or found in the mirror folder."""

    code = "pack_unavailable"


class PackUnwritableError(PackError):
    """The folder for packs cannot be written, or the disk is full."""

    code = "pack_unwritable"


class PackFailedTestError(PackError):
    """An intact pack does not compute on this machine what it computed where it was made."""

    code = "pack_failed_test"


class DeviceError(EngineError):
    """The device that was asked for is not here, or does not compute what the networks must answer."""

    code = "device_unusable"


class RuntimeMissingError(KithError):
    """No runtime for neural networks can be imported here."""

    code = "runtime_missing"


def error_of(code: str, message: str) -> KithError:
    """The error with this code, as it came from another process; an unknown code is an EngineError."""
    kinds = [KithError]
    while kinds:
        kind = kinds.pop()
        if kind.code == code:
            return kind(message)
        kinds += kind.__subclasses__()
    return EngineError(f"{code}: {message}")
