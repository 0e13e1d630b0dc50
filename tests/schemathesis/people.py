"""People for Schemathesis: it makes up requests, and these hooks put real chats, links, knocks and credentials into them."""

import atexit
import json
import os
import random
import unicodedata
import urllib.request
from collections import Counter
from urllib.parse import urlsplit

import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase

DICE = random.Random(os.environ["PARLOR_SCHEMA_SEED"])
# A credential that nobody was given.
UNKNOWN = "3f2c1a90-7b64-4d15-9e08-5a6b7c8d9e0f"
OWNERS = {"update_chat", "close_chat", "remove_member", "list_links", "list_knocks", "revoke_link", "decide_knocks"}
GUESTS = {"wait_for_decision", "withdraw_knock"}
# What these change is used up: each gets a chat of its own.
SPENDS = {"close_chat", "remove_member", "revoke_link", "decide_knocks", "withdraw_knock", "update_chat", "knock", "exchange_link"}

# What people write.
TEXTS = ("name", "title", "label", "note", "reason", "text")

answered = Counter()
# Who may do what, of everything that an answer ever named: the owner of a chat or link; the last guest of a link, the guest of a knock.
owner_of, guest_of = {}, {}
chats = []


def ask(base, method, path, credential=None, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data, {"Content-Type": "application/json"}, method=method)
    if credential:
        request.add_header("Authorization", "Bearer " + credential)
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text else None


class Chat:
    """A chat with an owner, a member, somebody who waits at a link."""

    def __init__(self, base):
        opened = ask(base, "POST", "/v1/chats", None, {"name": "Ana", "admission": DICE.choice(["knock", "knock", "knock", "open"])})
        self.id, self.owner = opened["chat_id"], opened["author_id"]
        link = ask(base, "POST", "/v1/links", self.owner, {"chat_url": self.id})
        self.link, self.link_url = link["link_id"], link["link_url"]
        knocks = [ask(base, "POST", f"/v1/links/{self.link}/knocks", None, {"name": name}) for name in ("Ben", "Eva")]
        if not knocks[0]["chat_url"]:
            ask(base, "POST", "/v1/approval", self.owner, {"link_url": self.link_url, "knock_id": knocks[0]["knock_id"]})
        self.message = ask(base, "POST", f"/v1/chats/{self.id}", self.owner, {"text": "Hello"})["seq"]
        self.member = knocks[0]["client_id"]
        self.knock, self.guest = knocks[1]["knock_id"], knocks[1]["client_id"]
        self.left = 12
        owner_of[self.id] = owner_of[self.link] = self.owner
        guest_of[self.link] = self.guest


def a_chat(base, operation):
    if operation in SPENDS or not chats or chats[-1].left == 0:
        chat = Chat(base)
        if operation in SPENDS:
            return chat
        chats.append(chat)
    chats[-1].left -= 1
    return chats[-1]


def who_may(operation, owner, member, guest):
    if operation in OWNERS or operation == "create_link":
        return owner
    if operation in GUESTS:
        return guest
    if operation in {"exchange_link", "knock", "read_approval"}:
        return DICE.choice([None, None, guest])
    return DICE.choice([owner, member])


def shows(case, credential):
    """Shows a credential; where the request names somebody already, or has a ticket, it is who they are."""
    if case._has_explicit_auth or case.headers.get("Authorization"):
        return
    for field, part in (("user_id", case.body), ("author_id", case.body), ("client_id", case.query)):
        if isinstance(part, dict) and isinstance(part.get(field), str) and credential:
            if DICE.random() < 0.5:
                part[field] = credential
                return
            del part[field]
    if isinstance(case.query, dict):
        case.query.pop("ticket", None)
    if credential:
        case.headers["Authorization"] = "Bearer " + credential


def meant(case):
    """The chat or link that the request names, if an earlier answer named it."""
    names = [*case.path_parameters.values()]
    if isinstance(case.body, dict):
        names += [case.body.get(field) for field in ("chat_url", "link_url", "chat_id", "link_id")]
    if isinstance(case.query, dict):
        names.append(case.query.get("link_url"))
    for name in names:
        name = name.rstrip("/").rsplit("/", 1)[-1] if isinstance(name, str) else None
        if name in owner_of:
            return name
    return None


def fill(case, chat, operation):
    """Puts what is really there into every part that is as the document wants it."""
    meta = case.meta
    real = {"chat_id": chat.id, "link_id": chat.link, "knock_id": chat.knock, "member_id": 2}
    if not meta.is_negative_at(ParameterLocation.PATH):
        for name in case.path_parameters:
            case.path_parameters[name] = real[name]
    if isinstance(case.query, dict) and "link_url" in case.query and not meta.is_negative_at(ParameterLocation.QUERY):
        case.query["link_url"] = chat.link_url
    if isinstance(case.body, dict) and not meta.is_negative_at(ParameterLocation.BODY):
        for field, value in (("chat_url", chat.id), ("link_url", chat.link_url)):
            if field in case.body:
                case.body[field] = value
        if operation == "issue_ticket":
            for field in ("chat_id", "link_id"):
                if isinstance(case.body.get(field), str):
                    case.body[field] = real[field]
        if operation == "report_chat" and DICE.random() < 0.7:
            case.body["seq"] = chat.message
        if operation == "decide_knocks":
            for field, value in (("knock_id", chat.knock), ("knock_ids", [chat.knock])):
                if case.body.get(field):
                    case.body[field] = value


def shown(text):
    """The text with something in it that can be seen, and nothing that Unicode gives no meaning, which no schema can say."""
    text = "".join("x" if unicodedata.category(c) == "Cn" else c for c in text)
    return text if any("!" <= c <= "~" for c in text) else "x" + text[1:]


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = case.operation.definition.raw.get("operationId")
    if not case.path.startswith("/v1/") or case.meta is None:
        return
    if isinstance(case.body, dict) and not case.meta.is_negative_at(ParameterLocation.BODY):
        for field in TEXTS:
            if isinstance(case.body.get(field), str) and case.body[field]:
                case.body[field] = shown(case.body[field])
        if operation == "report_chat":
            # Only a message that is there can be reported.
            case.body.pop("seq", None)
    if "Idempotency-Key" in case.headers and not case.meta.is_negative_at(ParameterLocation.HEADER):
        # The same key with another body is refused, as it must be, and no schema can say so.
        case.headers["Idempotency-Key"] = f"{DICE.getrandbits(128):032x}"
    base = "{0.scheme}://{0.netloc}".format(urlsplit(case.operation.base_url))
    if operation == "close_chat" and case.meta.phase.name == TestPhase.STATEFUL:
        # The links and knocks of a chat end with it, which the checker cannot know: another chat is closed, so that what was just made stays there.
        chat = a_chat(base, operation)
        fill(case, chat, operation)
        shows(case, chat.owner)
        return
    # Stateful cases follow each other by what the answers named; others are sent to a chat in which something can be found.
    known = meant(case)
    if known and (case.meta.phase.name == TestPhase.STATEFUL or DICE.random() < 0.2):
        owner = owner_of[known]
        guest = guest_of.get(case.path_parameters.get("knock_id")) or guest_of.get(known, owner)
        shows(case, who_may(operation, owner, owner, guest))
    elif operation != "open_chat" and DICE.random() < 0.9:
        chat = a_chat(base, operation)
        fill(case, chat, operation)
        waits = operation == "issue_ticket" and isinstance(case.body, dict) and isinstance(case.body.get("link_id"), str)
        # What a stateful case has just made is looked for: whoever looks must be one who may see it.
        somebody = DICE.random() < 0.1 and case.meta.phase.name != TestPhase.STATEFUL
        anybody = DICE.choice([None, UNKNOWN, chat.owner, chat.member, chat.guest])
        may = chat.guest if waits else who_may(operation, chat.owner, chat.member, chat.guest)
        shows(case, anybody if somebody else may)


@schemathesis.hook
def after_call(context, case, response):
    operation = case.operation.definition.raw.get("operationId")
    answered[operation, response.status_code] += 1
    if response.status_code != 201:
        return
    made = response.json()
    if operation == "open_chat":
        owner_of[made["chat_id"]] = made["author_id"]
    elif operation == "create_link":
        chat = case.body["chat_url"].rstrip("/").rsplit("/", 1)[-1]
        owner_of[made["link_id"]] = owner_of.get(chat, UNKNOWN)
    elif operation == "knock":
        guest_of[case.path_parameters["link_id"]] = guest_of[made["knock_id"]] = made["client_id"]


def tell():
    print("\nanswers by operation:")
    never = []
    for name in sorted({name for name, _ in answered}):
        told = sorted((status, count) for (of, status), count in answered.items() if of == name)
        print(f"  {name}: {', '.join(f'{status} × {count}' for status, count in told)}")
        if told[0][0] >= 300:
            never.append(name)
    if never:
        print(f"never succeeded: {', '.join(never)}", flush=True)
        os._exit(1)


atexit.register(tell)
