"""Accounts for Schemathesis: they sign up and in, ask each other to be friends, and read their mails on the server's terminal."""

import itertools
import os
import re
import time
import urllib.error

from client import DICE, ask

PASSWORD = "plum-tree-42"
# A session that is older is not a recent sign-in any more, and its access token expires soon.
RECENT_SECONDS = 500
NUMBERS = itertools.count(1)


class Mails:
    """The terminal of the server, which prints its mails there: the last token for each address and page."""

    def __init__(self, path):
        self.terminal = open(path, encoding="utf-8")
        self.rest, self.to, self.tokens = "", "", {}

    def read(self):
        *lines, self.rest = (self.rest + self.terminal.read()).split("\n")
        for line in lines:
            if line.startswith("To: "):
                self.to = line.removeprefix("To: ")
            elif link := re.search(r"/(verify|reset)#([A-Za-z0-9_-]{43})$", line):
                self.tokens[self.to, link[1]] = link[2]

    def token(self, address, page, request):
        """Returns the token that the request sends to the address."""
        self.read()
        self.tokens.pop((address, page), None)
        request()
        end = time.monotonic() + 10
        while (address, page) not in self.tokens:
            assert time.monotonic() < end, f"no mail to {address}"
            time.sleep(0.002)
            self.read()
        return self.tokens[address, page]


mails = Mails(os.environ["PARLOR_SCHEMA_TERMINAL"])


class Account:
    """An account with one session."""

    def __init__(self, base):
        self.base, self.username, self.password = base, f"person-{next(NUMBERS)}", PASSWORD
        self.email = None
        ask(base, "POST", "/v1/users", None, {"username": self.username, "password": PASSWORD})
        self.sign_in()

    def sign_in(self):
        self.hold(ask(self.base, "POST", "/v1/sessions", None, {"username": self.username, "password": self.password}))
        self.since = time.monotonic()
        return self

    def renew(self):
        self.hold(ask(self.base, "POST", "/v1/sessions/refresh", None, {"refresh_token": self.refresh}))

    def hold(self, tokens):
        self.access, self.refresh, self.session = tokens["access_token"], tokens["refresh_token"], tokens["session_id"]

    def lose_session(self):
        self.since = -RECENT_SECONDS

    def recent(self):
        """Returns itself, signed in not long ago."""
        return self if time.monotonic() - self.since < RECENT_SECONDS else self.sign_in()

    def set_address(self):
        """Enters a new e-mail address, which is to be verified. Returns the token for that."""
        address = f"{self.username}.{next(NUMBERS)}@example.org"
        enter = lambda: ask(self.base, "PATCH", "/v1/me", self.recent().access, {"email": address})
        token = mails.token(address, "verify", enter)
        self.email = address
        return token

    def verify(self):
        ask(self.base, "POST", "/v1/email-verifications", None, {"token": self.set_address()})
        return self

    def reset_token(self):
        return mails.token(self.email, "reset", lambda: ask(self.base, "POST", "/v1/password-resets", None, {"email": self.email}))

    def request(self, other):
        """Asks another account to be friends. Returns the id of the request, unless it is refused."""
        try:
            return ask(self.base, "POST", "/v1/friend-requests", self.recent().access, {"username": other.username})["id"]
        except urllib.error.HTTPError:
            return None


class Accounts:
    """Accounts that stay, and others that are for one purpose."""

    COUNT = 16

    def __init__(self, base):
        self.base = base
        self.all = [Account(base) for _ in range(self.COUNT)]
        # Each purpose may end sessions, change passwords or block, which must not get in the way of the others.
        self.special = {}
        self.pairs = iter(())
        owner, *others = self.all
        for other in others[:4]:
            ask(base, "PATCH", f"/v1/friend-requests/{owner.request(other)}", other.access, {"status": "accepted"})
        for other in others[4:8]:
            owner.request(other)
        self.open = others[8:]
        for other in self.open:
            ask(base, "PATCH", "/v1/me", other.access, {"direct_messages": "anyone"})

    def any(self):
        return DICE.choice(self.all).recent()

    def several(self, count):
        return [account.recent() for account in DICE.sample(self.all, count)]

    def open_to_all(self, count):
        """Returns accounts that let others write to them and add them."""
        return [account.recent() for account in DICE.sample(self.open, count)]

    def first(self):
        """Returns the account with friends and pending requests."""
        return self.all[0].recent()

    def other(self, account):
        return DICE.choice([other for other in self.all[1:] if other is not account])

    def special_account(self, purpose):
        if purpose not in self.special:
            self.special[purpose] = Account(self.base)
        return self.special[purpose]

    def signed_in(self, purpose):
        """Returns the account for a purpose in a session that has just begun; a new account if the password is not known any more."""
        try:
            return self.special_account(purpose).sign_in()
        except urllib.error.HTTPError:
            del self.special[purpose]
            return self.special_account(purpose)

    def pair(self):
        """Returns two accounts that never had to do with each other."""
        pair = next(self.pairs, None)
        if pair is None:
            strangers = [Account(self.base) for _ in range(self.COUNT)]
            self.pairs = iter(list(itertools.combinations(strangers, 2)))
            pair = next(self.pairs)
        return [account.recent() for account in (pair if DICE.random() < 0.5 else pair[::-1])]
