"""Writes a pack's manifest: what people say of its networks, and what the files say of themselves.

.venv/bin/python -m models.manifest DESCRIPTION FOLDER   the files lie in FOLDER/networks
"""

import hashlib
import json
from pathlib import Path
import sys


def main() -> None:
    description, folder = Path(sys.argv[1]), Path(sys.argv[2])
    manifest = json.loads(description.read_text(encoding="utf-8"))
    for network in manifest["networks"]:
        content = (folder / "networks" / network["file"]).read_bytes()
        network |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (folder / description.name).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
