"""Speaks with the socket by the `websockets` package: fragments, pings, closes, and a line that breaks, over which nothing may be lost."""

import asyncio
import json
import random
import sys
import urllib.request

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

BASE = sys.argv[1]
URL = BASE.replace("http", "ws", 1) + "/v1/socket"
PATIENCE = 60
CUTS = 20
SAID = 150


def call(path, body, credential=None):
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {credential}"} if credential else {})
    request = urllib.request.Request(BASE + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def check(fine, reason):
    if not fine:
        sys.exit(f"websockets: {reason}")


async def asks(socket, op, fields, pieces=None):
    """Sends a command, perhaps in pieces; returns its answer and the events before it."""
    command = json.dumps({"ref": op, "op": op} | fields)
    await socket.send([command[at : at + pieces] for at in range(0, len(command), pieces)] if pieces else command)
    early = []
    async for frame in socket:
        frame = json.loads(frame)
        if frame.get("ref") == op:
            check("ok" in frame, frame)
            return frame["ok"], early
        early.append(frame)
    sys.exit("websockets: the socket ended")


async def closes_with(socket, code):
    try:
        while True:
            await socket.recv()
    except ConnectionClosed as closed:
        check(closed.rcvd and closed.rcvd.code == code, f"{code} was expected: {closed}")


async def fragments_and_closes(chat, headers):
    async with connect(URL, additional_headers=headers, proxy=None) as socket:
        check(not socket.response.headers.get("Sec-WebSocket-Extensions"), "it is compressed")
        for pieces in (1, 7, 100):
            sent, _ = await asks(socket, "send", {"chat_id": chat["chat_id"], "text": "In ünequal pieces"}, pieces)
            check(sent["text"] == "In ünequal pieces", sent)
        await asyncio.wait_for(await socket.ping(b"still there?"), PATIENCE)
        await socket.close(3000, "done")
        check(socket.close_code == 3000, f"closed with {socket.close_code}")
    for message, code in (("no command", 4502), (b"{}", 4502), (" " * 65_537, 1009), ([" " * 40_000, " " * 40_000], 1009)):
        async with connect(URL, additional_headers=headers, proxy=None) as socket:
            await socket.send(message)
            await closes_with(socket, code)
    try:
        async with connect(URL, origin="https://evil.example", proxy=None):
            sys.exit("websockets: a foreign origin is let in")
    except InvalidStatus as refused:
        check(refused.response.status_code == 403, refused)


async def talk(chat, headers):
    async with connect(URL, additional_headers=headers, proxy=None) as socket:
        for number in range(SAID):
            await asks(socket, "send", {"chat_id": chat["chat_id"], "text": f"{number} " + "and more " * (number % 40)})
            await asyncio.sleep(0.11)


async def follow(chat, headers):
    """Follows, and comes back with the last id whenever the line is cut."""
    heard, last, cuts = [], "0", 0
    while len(heard) < SAID:
        async with connect(URL, additional_headers=headers, proxy=None) as socket:
            hello, _ = await asks(socket, "subscribe", {"chat_id": chat["chat_id"], "after": last})
            check(hello["resumed"], hello)
            left = random.randint(1, 15) if cuts < CUTS else SAID
            while left and len(heard) < SAID:
                frame = json.loads(await socket.recv())
                if frame["event"] == "message":
                    heard.append(frame["data"])
                last = frame.get("id", last)
                left -= 1
            socket.transport.abort()
        cuts += 1
    return heard, cuts


async def main():
    chat = call("/v1/chats", {"name": "Ana"})
    headers = {"Authorization": f"Bearer {chat['author_id']}"}
    await fragments_and_closes(chat, headers)
    chat = call("/v1/chats", {"name": "Ben"})
    headers = {"Authorization": f"Bearer {chat['author_id']}"}
    (heard, cuts), _ = await asyncio.gather(follow(chat, headers), talk(chat, headers))
    request = urllib.request.Request(f"{BASE}/v1/chats/{chat['chat_id']}", headers=headers)
    with urllib.request.urlopen(request) as answer:
        messages = json.load(answer)["messages"]
    check(heard == messages, f"{len(messages)} were said, {len(heard)} heard: {[message['seq'] for message in heard]}")
    print(f"websockets: fragments, pings, closes; {len(heard)} messages, each once and in order, over {cuts} cuts")


asyncio.run(asyncio.wait_for(main(), 2 * PATIENCE))
