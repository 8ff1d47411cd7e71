"""Prints the wheels in pylock files: name, version, digest, and file name, which contains the tags.

scripts/wheels.py PYLOCK...     one for each kind of machine; used by scripts/lock
"""

from pathlib import Path
import sys
import tomllib
from urllib.parse import unquote, urlsplit

for lock in sys.argv[1:]:
    for package in tomllib.loads(Path(lock).read_text(encoding="utf-8"))["packages"]:
        for wheel in package["wheels"]:
            name = unquote(Path(urlsplit(wheel["url"]).path).name)
            print(f"{package['name']}=={package['version']} --hash=sha256:{wheel['hashes']['sha256']}  # {name}")
