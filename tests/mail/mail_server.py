# A mail server (aiosmtpd) that writes each mail into a file with its envelope: three listeners, plain, with STARTTLS and a login, with TLS.
#
# Recipients decide what happens: `later…` is put off once, `refused…` is refused, `slow…` is accepted after a second. Usage: mail_server.py DIRECTORY

import asyncio
import json
import logging
import ssl
import sys
from pathlib import Path

import trustme
from aiosmtpd.smtp import SMTP, AuthResult

work = Path(sys.argv[1])
logging.getLogger("mail.log").setLevel(logging.ERROR)


class Handler:
    def __init__(self):
        self.put_off = set()
        self.count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused"):
            return f"550 5.1.1 <{address}>: no such user here"
        if address.startswith("later") and address not in self.put_off:
            self.put_off.add(address)
            return f"451 4.7.1 <{address}>: come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if any(address.startswith("slow") for address in envelope.rcpt_tos):
            await asyncio.sleep(1)
        self.count += 1
        told = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "hello": session.host_name,
            "tls": session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None,
            "login": session.auth_data.login.decode() if session.auth_data else None,
        }
        (work / f"{self.count}.json").write_text(json.dumps(told))
        part = work / f"{self.count}.part"
        part.write_bytes(envelope.content)
        part.rename(work / f"{self.count}.eml")
        return "250 kept"


def authenticates(server, session, envelope, mechanism, login):
    right = (login.login, login.password) == (b"ana@example.org", b"p/w:\xc3\xa9")
    return AuthResult(success=right, handled=right, auth_data=login)


async def main():
    authority, handler = trustme.CA(), Handler()
    authority.cert_pem.write_to_path(str(work / "authority.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    secured = {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": authenticates}
    loop, ports = asyncio.get_running_loop(), []
    for options, listening in [({}, {}), (secured, {}), ({}, {"ssl": context})]:
        made = lambda options=options: SMTP(handler, hostname="mail.example", **options)
        server = await loop.create_server(made, "127.0.0.1", 0, **listening)
        ports.append(server.sockets[0].getsockname()[1])
    print(*ports, flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
