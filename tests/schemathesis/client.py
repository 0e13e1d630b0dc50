"""Requests of the hooks themselves, and their dice."""

import json
import os
import random
import urllib.request

DICE = random.Random(os.environ["PARLOR_SCHEMA_SEED"])
# A credential that was given to no one.
UNKNOWN = "3f2c1a90-7b64-4d15-9e08-5a6b7c8d9e0f"


def ask(base, method, path, credential=None, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data, {"Content-Type": "application/json"}, method=method)
    if credential:
        request.add_header("Authorization", "Bearer " + credential)
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text else None
