# Knocks and messages arrive at receivers over HTTPS, whose certificates the program checks; others verify the signatures.
#
# Usage: flow.py PROGRAM DIRECTORY

import http.server
import json
import queue
import re
import signal
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import trustme
from standardwebhooks import Webhook

program, work = sys.argv[1], Path(sys.argv[2])
authority, stranger = trustme.CA(), trustme.CA()
authority.cert_pem.write_to_path(str(work / "authority.pem"))
running = []


class Receiver:
    """Receives webhooks over HTTPS, with a certificate for this name by this authority."""

    def __init__(self, name, by):
        received = self.received = queue.Queue()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                received.put((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        by.issue_cert(name).configure_cert(context)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        # The other side ends the handshake where a certificate is wrong.
        server.handle_error = lambda *_: None
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://localhost:{server.server_port}/hook"
        threading.Thread(target=server.serve_forever, daemon=True).start()


class Parlor:
    """A running server with its log."""

    def __init__(self, *flags):
        self.log = (work / "log").open("w+b")
        command = [program, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--log", "debug", *flags]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, env={"SSL_CERT_FILE": str(work / "authority.pem")})
        running.append(self.process)
        lines = [self.process.stdout.readline().decode() for _ in range(2)]
        self.base, self.metrics = (re.search(r"http://\S+", line).group() for line in lines)

    def asks(self, path, body, credential=None):
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {credential}"} if credential else {})
        request = urllib.request.Request(self.base + path, json.dumps(body).encode(), headers, method="POST")
        return json.loads(urllib.request.urlopen(request).read())

    def webhooks(self, outcome):
        text = urllib.request.urlopen(self.metrics).read().decode()
        return int(re.search(rf'parlor_webhooks_total{{outcome="{outcome}"}} (\d+)', text).group(1))

    def ends(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0
        self.log.seek(0)
        return self.log.read().decode()


def waits(what, seconds=60):
    """Returns once `what` is true."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "timed out"
        time.sleep(0.05)


def hooked(parlor, receiver, **body):
    """Returns a chat with a webhook: its path, the credential of its owner, and the webhook."""
    chat = parlor.asks("/v1/chats", {"name": "Ana", "title": "Market"})
    path, owner = f"/v1/chats/{chat['chat_id']}", chat["author_id"]
    return path, owner, parlor.asks(f"{path}/webhooks", {"url": receiver.url, "events": ["knock", "message"], **body}, owner)


def a_delivery_is_verified_by_others(parlor):
    receiver = Receiver("localhost", authority)
    path, owner, hook = hooked(parlor, receiver)
    parlor.asks(path, {"text": "Grüße 👋"}, owner)
    headers, body = receiver.received.get(timeout=60)
    event = Webhook(hook["secret"]).verify(body, {name.lower(): value for name, value in headers.items()})
    assert (event["type"], event["data"]["text"]) == ("message", "Grüße 👋"), event
    link = parlor.asks("/v1/links", {"chat_url": path}, owner)
    parlor.asks(f"/v1/links/{link['link_id']}/knocks", {"name": "Ben", "note": "Let me in"})
    headers, body = receiver.received.get(timeout=60)
    event = Webhook(hook["secret"]).verify(body, {name.lower(): value for name, value in headers.items()})
    assert (event["type"], event["data"]["knock"]["note"]) == ("knock", "Let me in"), event
    waits(lambda: parlor.webhooks("accepted") == 2)
    return [hook["secret"], receiver.url, hook["id"]]


def nothing_is_sent_to_who_cannot_prove_to_be_the_receiver(parlor):
    receivers = [Receiver("localhost", stranger), Receiver("example.org", authority)]
    for count, receiver in enumerate(receivers, 1):
        path, owner, _ = hooked(parlor, receiver)
        parlor.asks(path, {"text": "secret"}, owner)
        waits(lambda: parlor.webhooks("failed") >= count)
        assert receiver.received.empty()


try:
    parlor = Parlor("--webhook-allow", "127.0.0.0/8,::1/128")
    secrets = a_delivery_is_verified_by_others(parlor)
    nothing_is_sent_to_who_cannot_prove_to_be_the_receiver(parlor)
    log = parlor.ends()
    assert not [secret for secret in secrets if secret in log], log
    print("webhooks arrive as they should")
finally:
    for process in running:
        process.kill()
