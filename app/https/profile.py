"""The CA as an iPhone's configuration profile (Apple, Configuration Profile Reference)."""

from __future__ import annotations

import plistlib
import uuid

from app.https.certificates import der, fingerprint

NAMESPACE = uuid.UUID("6f2ee0b6-6a6f-5f57-9f0c-0a8f1a2f4c11")


def profile(ca: bytes, title: str, explained: str) -> bytes:
    """Return the profile that installs the CA `ca` (PEM); installing it twice replaces it."""
    own = uuid.uuid5(NAMESPACE, fingerprint(ca))
    payload = {
        "PayloadType": "com.apple.security.root",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"saywhen.ca.{own}",
        "PayloadUUID": str(uuid.uuid5(own, "certificate")).upper(),
        "PayloadDisplayName": title,
        "PayloadContent": der(ca),
    }
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": f"saywhen.{own}",
            "PayloadUUID": str(own).upper(),
            "PayloadDisplayName": title,
            "PayloadDescription": explained,
            "PayloadContent": [payload],
        }
    )
