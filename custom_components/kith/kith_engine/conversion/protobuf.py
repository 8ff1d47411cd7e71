"""Protocol Buffers' wire format, as much of it as ONNX files use (protobuf.dev/programming-guides/encoding)."""

from collections.abc import Iterator
import struct

from ..errors import PackError

type Value = int | memoryview
_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5
_LONGEST_VARINT = 10


def fields(message: memoryview) -> Iterator[tuple[int, Value]]:
    """Number and value of each field in the message's order: a whole number as it is, all others as their bytes.

    Raises PackError if the bytes are not such a message.
    """
    position = 0
    while position < len(message):
        key, position = _varint(message, position)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, position = _varint(message, position)
            yield number, value
            continue
        if kind == _LENGTH:
            length, position = _varint(message, position)
        elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
            length = 8 if kind == _EIGHT_BYTES else 4
        else:
            raise PackError(f"this is not an ONNX file (a field of kind {kind}); fetch the pack again")
        if position + length > len(message):
            raise _cut()
        yield number, message[position : position + length]
        position += length


def integers(value: Value) -> list[int]:
    """Signed 64-bit numbers of a repeated field, one or many packed."""
    if isinstance(value, int):
        return [_signed(value)]
    numbers, position = [], 0
    while position < len(value):
        number, position = _varint(value, position)
        numbers.append(_signed(number))
    return numbers


def integer(value: Value) -> int:
    """The signed 64-bit number of a field that is not repeated. Raises PackError for none or many."""
    return _only(integers(value))


def floats(value: Value) -> list[float]:
    """32-bit numbers of a repeated field, one or many packed."""
    packed = octets(value)
    if len(packed) % 4:
        raise _cut()
    return list(struct.unpack(f"<{len(packed) // 4}f", packed))


def real(value: Value) -> float:
    """The 32-bit number of a field that is not repeated. Raises PackError for none or many."""
    return _only(floats(value))


def octets(value: Value) -> memoryview:
    """Raises PackError if the field is a number."""
    if isinstance(value, int):
        raise PackError("this is not an ONNX file (a number where a text or message belongs); fetch the pack again")
    return value


def text(value: Value) -> str:
    try:
        return str(octets(value), "utf-8")
    except UnicodeDecodeError as error:
        raise PackError("this is not an ONNX file (a name is no text); fetch the pack again") from error


def written(number: int, value: int | float | str | bytes) -> bytes:
    """One field, as `fields` reads it; a message is its bytes."""
    if isinstance(value, int):
        return _as_varint(number << 3 | _VARINT) + _as_varint(value)
    if isinstance(value, float):
        return _as_varint(number << 3 | _FOUR_BYTES) + struct.pack("<f", value)
    content = value.encode() if isinstance(value, str) else value
    return _as_varint(number << 3 | _LENGTH) + _as_varint(len(content)) + content


def _as_varint(number: int) -> bytes:
    number %= 1 << 64  # negative numbers stand as their two's complement
    octets = bytearray()
    while number > 0x7F:
        octets.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*octets, number])


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    number = 0
    for place, octet in enumerate(message[position : position + _LONGEST_VARINT]):
        number |= (octet & 0x7F) << (7 * place)
        if octet < 0x80:
            return number & 0xFFFF_FFFF_FFFF_FFFF, position + place + 1
    raise _cut()


def _signed(number: int) -> int:
    return number - (1 << 64) if number >= 1 << 63 else number


def _only[T](numbers: list[T]) -> T:
    if len(numbers) != 1:
        raise PackError(f"this is not an ONNX file ({len(numbers)} numbers where one belongs); fetch the pack again")
    return numbers[0]


def _cut() -> PackError:
    return PackError("this is not a whole ONNX file (it ends within a field); fetch the pack again")
