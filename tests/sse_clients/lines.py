"""Reads a stream and a transcript with clients that break lines wherever Unicode does: every message must be whole."""

import faulthandler
import json
import sys

import httpx
import requests
from sseclient import SSEClient

BASE = sys.argv[1]
PATIENCE = 60
EDGES = ["\n\ndata: {}\n\n", "\r", "\u2028", "\u2029", "\u0085", "\v", "\f", "\x1c", "\x1d", "\x1e", "\ufeff", "é 𝄞", "data:"]


def of_httpx(url, headers):
    """The lines of a stream, as httpx cuts them."""
    with httpx.stream("GET", url, headers=headers, timeout=PATIENCE, trust_env=False) as answer:
        yield from events(answer.iter_lines())


def of_requests(url, headers):
    """The lines of a stream, as requests cuts them."""
    with requests.get(url, headers=headers, timeout=PATIENCE, stream=True) as answer:
        yield from events(answer.iter_lines(chunk_size=1, decode_unicode=True))


def of_sseclient(url, headers):
    """The events of a stream, as sseclient cuts them."""
    for event in SSEClient(url, headers=headers, timeout=PATIENCE):
        yield event.event, event.data


def events(lines):
    name, data = "message", ""
    for line in lines:
        if line == "":
            yield name, data
            name, data = "message", ""
            continue
        field, _, value = line.partition(": ")
        if field not in ("id", "event", "data", "retry"):
            sys.exit(f"a line that is none: {line!r}")
        name = value if field == "event" else name
        data = data + value if field == "data" else data


def said(stream, count):
    """The first messages of a stream, so many of them."""
    heard = []
    for name, data in stream:
        if name == "message":
            heard.append(json.loads(data))
        if len(heard) == count:
            return heard
    return heard


def main():
    faulthandler.dump_traceback_later(PATIENCE, exit=True)
    with httpx.Client(base_url=BASE, trust_env=False) as http:
        chat = http.post("/v1/chats", json={"name": "Ana"}).raise_for_status().json()
        path, headers = f"/v1/chats/{chat['chat_id']}", {"Authorization": f"Bearer {chat['author_id']}"}
        for edge in EDGES:
            http.post(path, json={"text": f"a{edge}b"}, headers=headers).raise_for_status()
        messages = http.get(path, headers=headers).raise_for_status().json()["messages"]
        transcript = http.get(f"{path}/export", headers=headers).raise_for_status().text
    for reads in (of_httpx, of_requests, of_sseclient):
        heard = said(reads(f"{BASE}{path}/events?after=0", dict(headers)), len(messages))
        if heard != messages:
            sys.exit(f"{reads.__name__}: heard {heard} instead of {messages}")
    entries = [json.loads(line) for line in transcript.splitlines()]
    if [entry["data"] for entry in entries if entry["event"] == "message"] != messages:
        sys.exit(f"str.splitlines: {transcript!r}")
    print(f"httpx, requests, sseclient, str.splitlines: {len(messages)} messages, each whole")


main()
