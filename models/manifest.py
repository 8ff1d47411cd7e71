"""Writes a pack's manifest: what people say of its networks, and what the files say of themselves.

.venv/bin/python -m models.manifest DESCRIPTION FOLDER   the files lie in FOLDER/networks

Other packs in the folder that have one of these networks are told of it; prints whose evidence is to be learnt anew.
"""

import hashlib
import json
from pathlib import Path
import sys
from typing import Any


def main() -> None:
    description, folder = Path(sys.argv[1]), Path(sys.argv[2])
    manifest: dict[str, Any] = json.loads(description.read_text(encoding="utf-8"))
    for network in manifest["networks"]:
        network.update(_facts((folder / "networks" / network["file"]).read_bytes()))
    (folder / description.name).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    made = {network["file"]: network for network in manifest["networks"]}
    for path in sorted(folder.glob("*.json")):
        if path.name != description.name and _refreshed(path, made):
            print(path)


def _facts(content: bytes) -> dict[str, Any]:
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _refreshed(path: Path, made: dict[str, Any]) -> bool:
    """Was anything changed? The file is written by hand: all else in it stays."""
    text = before = path.read_text(encoding="utf-8")
    for network in json.loads(text)["networks"]:
        new = made.get(network.get("file", "")) if "url" not in network else None
        if new and new["sha256"] != network["sha256"]:
            text = text.replace(network["sha256"], new["sha256"])
            text = text.replace(f'"bytes": {network["bytes"]}', f'"bytes": {new["bytes"]}')
    path.write_text(text, encoding="utf-8")
    return text != before


if __name__ == "__main__":
    main()
