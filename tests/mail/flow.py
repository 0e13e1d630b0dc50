# People sign up, verify an address and reset a password, with a mail server that others wrote between them and the program.
#
# Mails are read with the parser of the standard library. Usage: flow.py PROGRAM DIRECTORY

import datetime
import email.policy
import email.utils
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from email.parser import BytesParser
from pathlib import Path

program, work = sys.argv[1], Path(sys.argv[2])
here = Path(__file__).parent
PASSWORD = "plum-tree-42"
running = []


def waits(what, seconds=60):
    """Returns the first true value of `what`."""
    end = time.monotonic() + seconds
    while not (value := what()):
        assert time.monotonic() < end, f"timed out: {what.__doc__ or what}"
        time.sleep(0.05)
    return value


class Parlor:
    """A running server with its log."""

    def __init__(self, *flags, **variables):
        self.log = (work / f"log{len(running)}").open("w+b")
        command = [program, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--log", "debug", *flags]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, env=variables)
        running.append(self.process)
        lines = [self.process.stdout.readline().decode() for _ in range(2)]
        self.base, self.metrics = (re.search(r"http://\S+", line).group() for line in lines)

    def asks(self, method, path, body=None, token=None, status=None):
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        try:
            answer = urllib.request.urlopen(request)
        except urllib.error.HTTPError as error:
            answer = error
        text = answer.read()
        assert status in (None, answer.status), f"{method} {path}: {answer.status} {text}"
        return json.loads(text) if text else None

    def signs_up(self, username, address):
        self.asks("POST", "/v1/users", {"username": username, "password": PASSWORD, "email": address}, status=201)

    def signs_in(self, login, password=PASSWORD, status=201):
        return self.asks("POST", "/v1/sessions", {"username": login, "password": password}, status=status)

    def mails(self, outcome):
        text = urllib.request.urlopen(self.metrics).read().decode()
        return int(re.search(rf'parlor_mails_total{{outcome="{outcome}"}} (\d+)', text).group(1))

    def ends(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0
        self.log.seek(0)
        return self.log.read().decode()


def mails_to(address):
    """Returns the mails that arrived for an address, each with its envelope."""
    found = []
    for file in sorted(work.glob("*.eml"), key=lambda file: int(file.stem)):
        envelope = json.loads(file.with_suffix(".json").read_text())
        if address in envelope["to"]:
            found.append((BytesParser(policy=email.policy.default).parsebytes(file.read_bytes()), envelope))
    return found


def next_mail(address, number=1):
    return waits(lambda: mails_to(address)[number - 1 :])[0]


def token_in(mail, link):
    [token] = re.findall(re.escape(link) + r"#([A-Za-z0-9_-]{43})\r?$", mail.get_content(), re.M)
    return token


def check_form(mail, envelope, address):
    """Everything about a mail but its subject and its text."""
    assert envelope["from"] == "noreply@parlor.example" and envelope["to"] == [address], envelope
    assert envelope["hello"] == "parlor.example", envelope
    assert sorted(mail.keys()) == sorted(set(mail.keys())), "no header occurs twice"
    wanted = {"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
    assert wanted <= set(mail.keys()) <= wanted | {"X-Peer", "X-MailFrom", "X-RcptTo"}, mail.keys()
    [sender], [to] = mail["From"].addresses, mail["To"].addresses
    assert (sender.display_name, sender.addr_spec, to.addr_spec) == ("Café Parlor", "noreply@parlor.example", address)
    age = datetime.datetime.now(datetime.timezone.utc) - mail["Date"].datetime
    assert abs(age.total_seconds()) < 60, mail["Date"]
    assert re.fullmatch(r"<[0-9a-f]{32}@parlor\.example>", mail["Message-ID"]), mail["Message-ID"]
    assert (mail.get_content_type(), mail.get_content_charset()) == ("text/plain", "utf-8")
    assert not mail.defects, mail.defects


def people_verify_and_reset(plain):
    parlor = Parlor("--smtp-url", f"smtp://127.0.0.1:{plain}", "--mail-from", "Café Parlor <noreply@parlor.example>", "--rate-factor", "0")
    assert parlor.asks("GET", "/v1/instance")["mail"] is True
    parlor.signs_up("ana", "Ana@Example.org")
    mail, envelope = next_mail("ana@example.org")
    check_form(mail, envelope, "ana@example.org")
    assert mail["Subject"] == "Verify your e-mail address"
    verification = token_in(mail, f"{parlor.base}/verify")
    parlor.signs_in("ana@example.org", status=401)
    parlor.asks("POST", "/v1/email-verifications", {"token": verification}, status=204)
    parlor.asks("POST", "/v1/email-verifications", {"token": verification}, status=422)
    access = parlor.signs_in("ana@example.org")["access_token"]
    parlor.asks("POST", "/v1/password-resets", {"email": "nobody@example.org"}, status=202)
    parlor.asks("POST", "/v1/password-resets", {"email": "ana@example.org"}, status=202)
    mail, envelope = next_mail("ana@example.org", 2)
    check_form(mail, envelope, "ana@example.org")
    assert mail["Subject"] == "Set a new password" and "account ana" in mail.get_content()
    reset = token_in(mail, f"{parlor.base}/reset")
    parlor.asks("POST", "/v1/password-resets/confirm", {"token": reset, "new_password": "pear-tree-43"}, status=204)
    parlor.asks("GET", "/v1/me", token=access, status=401)
    access = parlor.signs_in("ana", "pear-tree-43")["access_token"]
    parlor.asks("PATCH", "/v1/me", {"email": "o'neil/{x}|~@example.org"}, access, status=200)
    mail, envelope = next_mail("o'neil/{x}|~@example.org")
    check_form(mail, envelope, "o'neil/{x}|~@example.org")
    mail, envelope = next_mail("ana@example.org", 3)
    check_form(mail, envelope, "ana@example.org")
    assert "replaced" in mail["Subject"]
    parlor.signs_up("ben", "ana@example.org")
    mail, envelope = next_mail("ana@example.org", 4)
    assert "Somebody used" in mail["Subject"] and "#" not in mail.get_content()
    assert not mails_to("nobody@example.org") and parlor.mails("sent") == 5
    return parlor, [verification, reset]


def failures_are_counted_and_not_told(parlor, tokens):
    parlor.signs_up("cem", "refused@example.org")
    waits(lambda: parlor.mails("failed") == 1)
    parlor.signs_up("dan", "later@example.org")
    parlor.signs_up("eve", "eve@example.org")
    next_mail("eve@example.org")
    assert not mails_to("later@example.org"), "who is put off holds up nobody"
    check_form(*next_mail("later@example.org"), "later@example.org")
    parlor.signs_up("fay", "later-too@example.org")
    parlor.signs_up("gil", "slow@example.org")
    log = parlor.ends()
    check_form(*mails_to("later-too@example.org")[0], "later-too@example.org")
    check_form(*mails_to("slow@example.org")[0], "slow@example.org")
    assert "a mail was given up" in log and "550" in log and "a mail was not delivered yet" in log and "451" in log, log
    for secret in ["example.org", "no such user", "come back", "Subject", "Somebody", *tokens]:
        assert secret not in log, f"{secret} is in the log: {log}"


def connections_are_secured(plain, starttls, tls):
    trusted = {"SSL_CERT_FILE": str(work / "authority.pem")}
    secret = work / "smtp-url"
    secret.write_text(f"smtp://ana%40example.org:p%2Fw%3A%C3%A9@localhost:{starttls}?tls=required\n")
    parlor = Parlor("--smtp-url", f"@{secret}", **trusted)
    parlor.signs_up("ana", "starttls@example.org")
    mail, envelope = next_mail("starttls@example.org")
    assert envelope["tls"] and envelope["login"] == "ana@example.org" and envelope["from"] == "noreply@localhost", envelope
    assert "p/w" not in parlor.ends()
    parlor = Parlor(PARLOR_SMTP_URL=f"smtps://localhost:{tls}", **trusted)
    parlor.signs_up("ana", "tls@example.org")
    assert next_mail("tls@example.org")[1]["tls"]
    parlor.ends()
    for url, reason in [(f"smtp://ana:wrong@localhost:{starttls}?tls=required", "535"), (f"smtp://localhost:{plain}?tls=required", "lacks a feature")]:
        parlor = Parlor("--smtp-url", url, "--drain", "2s", **trusted)
        parlor.signs_up("ana", "never@example.org")
        time.sleep(1)
        log = parlor.ends()
        assert reason in log and "wrong" not in log, log
    (work / "other").mkdir(exist_ok=True)
    subprocess.run([sys.executable, "-m", "trustme", "-d", str(work / "other"), "--quiet"], check=True)
    parlor = Parlor("--smtp-url", f"smtps://localhost:{tls}", "--drain", "2s", SSL_CERT_FILE=str(work / "other" / "client.pem"))
    parlor.signs_up("ana", "never@example.org")
    waits(lambda: "certificate" in Path(parlor.log.name).read_text())
    parlor.ends()
    assert not mails_to("never@example.org")


def the_terminal_shows_mails_where_there_is_no_mail_server():
    parlor = Parlor()
    parlor.signs_up("ana", "terminal@example.org")
    shown = b""
    while not (found := re.search(rb"/verify#([A-Za-z0-9_-]{43})\n", shown)):
        shown += parlor.process.stdout.readline()
    assert b"To: terminal@example.org\n" in shown, shown
    parlor.asks("POST", "/v1/email-verifications", {"token": found.group(1).decode()}, status=204)
    assert found.group(1).decode() not in parlor.ends()


try:
    server = subprocess.Popen([sys.executable, str(here / "mail_server.py"), str(work)], stdout=subprocess.PIPE)
    running.append(server)
    plain, starttls, tls = map(int, server.stdout.readline().split())
    failures_are_counted_and_not_told(*people_verify_and_reset(plain))
    connections_are_secured(plain, starttls, tls)
    the_terminal_shows_mails_where_there_is_no_mail_server()
    print("mails arrive as they should")
finally:
    for process in running:
        process.kill()
