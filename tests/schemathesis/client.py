"""Requests of the hooks themselves, and their dice."""

import json
import os
import random
import time
import urllib.error
import urllib.request

DICE = random.Random(os.environ["PARLOR_SCHEMA_SEED"])
# A credential that was given to no one.
UNKNOWN = "3f2c1a90-7b64-4d15-9e08-5a6b7c8d9e0f"

# How often a request is sent while the server is overloaded.
ATTEMPTS = 5


def ask(base, method, path, credential=None, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data, {"Content-Type": "application/json"}, method=method)
    if credential:
        request.add_header("Authorization", "Bearer " + credential)
    for attempt in range(ATTEMPTS):
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                text = answer.read()
            return json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            # On a busy machine the server is overloaded for moments.
            if error.code != 503 or attempt == ATTEMPTS - 1:
                raise
            time.sleep(float(error.headers["Retry-After"]))
