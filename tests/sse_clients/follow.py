"""Follows a chat with httpx-sse and a credential, over a line that breaks: every message must arrive once, in order."""

import json
import random
import socket
import sys
import threading
import time
from urllib.parse import urlsplit

import httpx
from httpx_sse import connect_sse

BASE = sys.argv[1]
CUTS = 20
PATIENCE = 120
EDGES = ["\n\ndata: {}\n\n", "\r", "\u2028", "\u2029", "\u0085", "\nid: 9", "\nevent: bye", "\ufeff", "é 𝄞", "data:"]


class Line:
    """A line to the server that breaks after some hundred bytes, CUTS times in all."""

    def __init__(self):
        self.cuts = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            parts = urlsplit(BASE)
            server = socket.create_connection((parts.hostname, parts.port or 80))
            threading.Thread(target=self.carry, args=(client, server, None), daemon=True).start()
            threading.Thread(target=self.carry, args=(server, client, random.randint(300, 4_000)), daemon=True).start()

    def carry(self, source, sink, left):
        try:
            while data := source.recv(65_536):
                if left is not None and self.cuts < CUTS and len(data) >= left:
                    self.cuts += 1
                    sink.sendall(data[:left])
                    return
                left = left and left - len(data)
                sink.sendall(data)
        except OSError:
            pass
        finally:
            for end in (source, sink):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                end.close()


def call(http, method, path, body=None):
    answer = http.request(method, path, json=body)
    answer.raise_for_status()
    return answer.json()


def talk(credential, path, line, said):
    """Talks until the line was cut often enough; the number of the last word is put into `said`."""
    with httpx.Client(base_url=BASE, headers={"Authorization": f"Bearer {credential}"}, trust_env=False) as http:
        number = 0
        while line.cuts < CUTS or number < 100:
            call(http, "POST", path, {"text": f"{number}: a{EDGES[number % len(EDGES)]}b"})
            number += 1
            time.sleep(0.11)
        said.append(call(http, "POST", path, {"text": "The end"})["seq"])


def follow(credential, path, line, said):
    """Follows, and comes back with the last id whenever the line breaks."""
    heard, last, began = [], "", time.monotonic()
    with httpx.Client(base_url=f"http://127.0.0.1:{line.port}", timeout=5, trust_env=False) as http:
        while not said or not heard or heard[-1]["seq"] < said[0]:
            if time.monotonic() - began > PATIENCE:
                sys.exit("httpx-sse: it takes too long")
            headers = {"Authorization": f"Bearer {credential}"} | ({"Last-Event-ID": last} if last else {})
            try:
                with connect_sse(http, "GET", f"{path}/events", params={"after": "0"}, headers=headers) as source:
                    for event in source.iter_sse():
                        last = event.id or last
                        if event.event in ("reset", "gap"):
                            sys.exit(f"httpx-sse: {event.event}")
                        if event.event == "message":
                            heard.append(json.loads(event.data))
                            if said and heard[-1]["seq"] >= said[0]:
                                break
            except httpx.TransportError:
                time.sleep(0.1)
    return heard


def main():
    with httpx.Client(base_url=BASE, trust_env=False) as http:
        chat = call(http, "POST", "/v1/chats", {"name": "Ana"})
        credential, path = chat["author_id"], f"/v1/chats/{chat['chat_id']}"
        line, said = Line(), []
        threading.Thread(target=talk, args=(credential, path, line, said), daemon=True).start()
        heard = follow(credential, path, line, said)
        http.headers["Authorization"] = f"Bearer {credential}"
        messages = call(http, "GET", path)["messages"]
    if heard != messages:
        sys.exit(f"httpx-sse: {len(messages)} were said, {len(heard)} heard: {[message['seq'] for message in heard]}")
    print(f"httpx-sse: {len(heard)} messages, each once and in order, over {line.cuts} cuts")


main()
