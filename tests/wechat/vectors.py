"""The protocol's test vectors: made by an independent SDK with its randomness pinned, official examples among them."""

import json
from pathlib import Path
from typing import Any

VECTORS: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
META = VECTORS["meta"]
TOKEN: str = META["token"]
APP_ID: str = META["appid"]
ORIGINAL_ID: str = META["gh_id"]
OPENID: str = META["openid"]
KEYS: dict[str, str] = {name: key["key43"] for name, key in META["encoding_aes_keys"].items()}


def named(section: str) -> dict[str, dict[str, Any]]:
    """The vectors of a section by name, for parametrized tests with readable ids."""
    return {vector["name"]: vector for vector in VECTORS[section]}


def expand(value: Any) -> Any:
    """The fields as our parser gives them: an SDK's None for an empty element is "" here."""
    if isinstance(value, dict):
        return {name: expand(item) for name, item in value.items()}
    return "" if value is None else value
