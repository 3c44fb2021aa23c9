"""The vectors of docs/spec/key-wrapping.md, version 2, computed from its words with hmac and AES-GCM alone."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tools.vector_words import canonical

GENERATION = 258
FORMAT = "ipx/key-wrapping/v2"


def root_id(key: bytes) -> bytes:
    """HKDF-SHA256 (RFC 5869) without salt, 8 bytes."""
    extracted = hmac.digest(bytes(32), key, hashlib.sha256)
    return hmac.digest(extracted, b"ipx/root-key-id/v1\x01", hashlib.sha256)[:8]


def key_wrapping() -> Any:
    root, organisation = bytes(range(32)), "5f0c3ab0-2f7e-4b8c-9a55-0d6b1f2e7c11"
    key, nonce = bytes(range(100, 132)), bytes(range(12))
    head = b"\x02" + GENERATION.to_bytes(4, "big")
    common = {"format": FORMAT, "generation": str(GENERATION), "organisation": organisation}
    bound = canonical({**common, "level": "organisation-key", "root": root_id(root).hex()})
    secrets = [
        ("document/8d3c0f4e-7c55-4b1d-a0b4-3a1f0c9be2d7", b"AGE-SECRET-KEY-1EXAMPLE", 50),
        ("", b"", 70),
        ("Schlüssel – 鍵", bytes(range(48)), 90),
    ]
    vectors = []
    for context, secret, first in secrets:
        data = canonical({**common, "context": context, "level": "secret"})
        number = bytes(range(first, first + 12))
        wrapped = head + number + AESGCM(key).encrypt(number, secret, data)
        vectors.append(
            {
                "context": context,
                "nonce": number.hex(),
                "associated_data": data.decode(),
                "secret": secret.hex(),
                "wrapped": wrapped.hex(),
            }
        )
    sealed = AESGCM(root).encrypt(nonce, key, bound)
    return {
        "format": FORMAT,
        "root_key": root.hex(),
        "root_id": root_id(root).hex(),
        "organisation": organisation,
        "generation": GENERATION,
        "organisation_key": {
            "key": key.hex(),
            "nonce": nonce.hex(),
            "associated_data": bound.decode(),
            "wrapped": (head + root_id(root) + nonce + sealed).hex(),
        },
        "secrets": vectors,
    }
