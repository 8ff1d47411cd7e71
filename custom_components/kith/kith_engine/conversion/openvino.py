"""OpenVINO's networks → graphs of ONNX's operations.

Such a file states the shape of everything, for one size of picture. So arithmetic on shapes is never computed, and what
only serves that is never looked at.
"""

from collections import Counter

from ..errors import PackError
from .graph import Graph, Node
from .ir import Operation, Port, Representation, read_representation
from .openvino_operations import OPERATIONS, Made, unknown


def read_openvino(xml: bytes, weights: bytes) -> Graph:
    """A network in OpenVINO's form, up to where detections would be read from it.

    Raises PackError if this is none, or one with something that is not known here.
    """
    model = read_representation(xml, weights)
    outputs = _outputs(model)
    order = _order(model, list(outputs.values()))
    made = Made(model, Counter(port for operation in order for port in _needed(operation)))
    for operation in order:
        try:
            OPERATIONS.get(operation.kind, unknown)(made, operation)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise operation.refuse(f"it makes no sense: {error}") from error
    if not made.inputs:
        raise PackError("the OpenVINO file has a result that depends on no picture; fetch the pack again")
    last = [Node("Identity", (made.blob(port),), (name,), {}) for name, port in outputs.items()]
    shapes = made.inputs | {name: made.shape(port) for name, port in outputs.items()}
    return Graph(tuple(made.inputs), tuple(outputs), (*made.nodes, *last), made.weights, shapes)


def _outputs(model: Representation) -> dict[str, Port]:
    """Name → where it is made. What is read from a detector's maps is read in numpy: it ends with those."""
    results = [operation for operation in model.operations.values() if operation.kind == "Result"]
    if len(results) != 1 or len(results[0].inputs) != 1:
        raise PackError(f"the OpenVINO file has {len(results)} results instead of one")
    last = model.operation(results[0].inputs[0])
    if last.kind != "DetectionOutput":
        return {"output": results[0].inputs[0]}
    if len(last.inputs) < 2:
        raise last.refuse("it has neither boxes nor scores")
    return {"boxes": _map_of(model, last.inputs[0]), "scores": _map_of(model, last.inputs[1])}


def _map_of(model: Representation, port: Port) -> Port:
    """Where this comes from, before it was put in a row and its shares were computed."""
    for _ in model.operations:
        operation = model.operation(port)
        if operation.kind not in ("Reshape", "SoftMax", "Softmax") or not operation.inputs:
            return port
        port = operation.inputs[0]
    raise operation.refuse("it needs its own result")


def _needed(operation: Operation) -> tuple[Port, ...]:
    return operation.inputs[:1] if operation.kind == "Reshape" else operation.inputs


def _order(model: Representation, wanted: list[Port]) -> list[Operation]:
    """What is needed for these, each behind all that it needs itself."""
    begun: set[int] = set()
    done: dict[int, Operation] = {}
    stack = [model.operation(port) for port in reversed(wanted)]
    while stack:
        operation = stack[-1]
        if operation.number in begun:
            done.setdefault(operation.number, stack.pop())
            continue
        begun.add(operation.number)
        for port in _needed(operation):
            before = model.operation(port)
            if before.number not in begun:
                stack.append(before)
            elif before.number not in done:
                raise operation.refuse("it needs its own result")
    return list(done.values())
