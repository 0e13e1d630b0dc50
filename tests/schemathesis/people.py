"""People for Schemathesis: it makes up requests, and these hooks put real chats, links, knocks and credentials into them."""

import atexit
import os
import re
import unicodedata
from collections import Counter
from urllib.parse import urlsplit

import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase

import account_requests
from accounts import Accounts
from chats import HOOK, PUSH, PUSH_KEYS, a_chat, guest_of, owner_of
from client import DICE, UNKNOWN

OWNERS = {
    "update_chat",
    "close_chat",
    "remove_member",
    "list_links",
    "list_knocks",
    "list_webhooks",
    "create_webhook",
    "delete_webhook",
    "revoke_link",
    "decide_knocks",
    "edit_message",
    "delete_message",
}
GUESTS = {"wait_for_decision", "withdraw_knock"}

# What people react with.
EMOJI = ("👍", "❤️", "🎉", "👍🏽")
# What people write.
TEXTS = ("name", "title", "description", "label", "note", "reason", "text", "device", "alt")

answered = Counter()

# Operations that concern accounts, or lead to them.
OF_ACCOUNTS = re.compile(os.environ["PARLOR_SCHEMA_ACCOUNTS"])
# The ids of all operations of the document.
documented = set()
pool = None


@schemathesis.hook
def after_load_schema(context, schema):
    paths = schema.raw_schema["paths"].values()
    documented.update(operation["operationId"] for item in paths for operation in item.values())


def concerns_accounts(case, operation):
    return operation in {"list_chats", "update_member"} or OF_ACCOUNTS.match(case.path)


def who_may(operation, owner, member, guest):
    if operation in OWNERS or operation == "create_link":
        return owner
    if operation in GUESTS:
        return guest
    if operation in {"exchange_link", "knock", "read_approval"}:
        return DICE.choice([None, None, guest])
    return DICE.choice([owner, member])


def shows(case, credential):
    """Shows a credential, in place of the one or the ticket that the request has. An access token is shown in the header alone."""
    if case._has_explicit_auth or case.headers.get("Authorization"):
        return
    has_token = credential and "." in credential
    if has_token and case.meta.phase.name == TestPhase.STATEFUL and case.path.endswith("/knocks"):
        # What follows takes `client_id` from the answer.
        return
    for field, part in (("user_id", case.body), ("author_id", case.body), ("client_id", case.query)):
        if isinstance(part, dict) and isinstance(part.get(field), str) and credential:
            if DICE.random() < 0.5 and not has_token:
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
    real = {"chat_id": chat.id, "link_id": chat.link, "knock_id": chat.knock, "member_id": 2, "seq": chat.message, "webhook_id": chat.webhook}
    if not meta.is_negative_at(ParameterLocation.PATH):
        for name in case.path_parameters.keys() & real.keys():
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
            for position in case.body.get("after") or []:
                position["chat_id"] = real["chat_id"]
        if operation == "post_message" and DICE.random() < 0.5:
            case.body["reply_to"] = chat.message
        if operation == "move_receipt":
            for field in ("delivered", "read"):
                if case.body.get(field) is not None:
                    case.body[field] = DICE.randint(0, chat.message)
        if operation == "report_chat" and DICE.random() < 0.7:
            case.body["seq"] = chat.message
        if operation == "decide_knocks":
            for field, value in (("knock_id", chat.knock), ("knock_ids", [chat.knock])):
                if case.body.get(field):
                    case.body[field] = value


def shows_media(body):
    """Puts URLs and texts of images and videos that no schema can describe into a message."""
    for name, url in (("image", "https://example.org/Map.png"), ("video", "https://youtu.be/dQw4w9WgXcQ")):
        media = body.get(name)
        if isinstance(media, dict):
            media["url"] = url
            if isinstance(media.get("alt"), str):
                media["alt"] = shown(media["alt"])


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
        if operation == "create_webhook":
            # A host that no resolver knows.
            case.body["url"] = f"{HOOK}/{DICE.getrandbits(32)}"
        if operation == "subscribe_to_push":
            # A host that no resolver knows, and keys on the curve, of an account.
            case.body.update(endpoint=f"{PUSH}/{DICE.randrange(15)}", keys=dict(PUSH_KEYS))
            for field in ("chat_url", "link_url", "expirationTime"):
                case.body.pop(field, None)
        if operation == "report_chat":
            # Only a message that is there can be reported.
            case.body.pop("seq", None)
        if operation == "update_chat":
            # These are for groups alone.
            for field in ("name", "description"):
                case.body.pop(field, None)
            if case.body.get("admission") == "invite":
                case.body["admission"] = "knock"
            if "expires_in" in case.body and case.body["expires_in"] is None:
                del case.body["expires_in"]
        if operation in {"post_message", "send_message"}:
            # Only to a message that is there can be replied.
            case.body.pop("reply_to", None)
            shows_media(case.body)
        if operation == "edit_message" and case.body.get("text") is None:
            # Only an image or a video is shown without a text.
            case.body["text"] = "Later"
        if operation == "move_receipt":
            # An entry that is not there was not received; the first one is.
            case.body.update({field: min(at, 1) for field, at in case.body.items() if isinstance(at, (int, float))})
    if "emoji" in case.path_parameters and not case.meta.is_negative_at(ParameterLocation.PATH):
        case.path_parameters["emoji"] = DICE.choice(EMOJI)
    if "Idempotency-Key" in case.headers and not case.meta.is_negative_at(ParameterLocation.HEADER):
        # The same key with another body is refused, as it must be, and no schema can say so.
        case.headers["Idempotency-Key"] = f"{DICE.getrandbits(128):032x}"
    global pool
    if pool is None:
        pool = Accounts("{0.scheme}://{0.netloc}".format(urlsplit(case.operation.base_url)))
    if concerns_accounts(case, operation):
        account_requests.fill(case, pool, operation)
        return
    if operation == "create_webhook" or (operation in {"close_chat", "delete_message"} and case.meta.phase.name == TestPhase.STATEFUL):
        # A chat has few webhooks. The links and knocks of a chat end with it, and something is left of a deleted message, which the checker cannot know: another chat is closed,
        # and a message of another chat deleted, so that what was just made stays there.
        chat = a_chat(pool, operation)
        fill(case, chat, operation)
        shows(case, chat.owner)
        return
    # Stateful cases follow each other by what the answers named; others are sent to a chat in which something can be found.
    known = meant(case)
    if known and (case.meta.phase.name == TestPhase.STATEFUL or DICE.random() < 0.2):
        owner = owner_of[known]
        guest = guest_of.get(case.path_parameters.get("knock_id")) or guest_of.get(known, owner)
        shows(case, who_may(operation, owner, owner, guest))
    elif operation == "open_chat":
        if case.meta.phase.name != TestPhase.STATEFUL and DICE.random() < 0.2:
            shows(case, pool.any().access)
    elif operation == "issue_ticket" and isinstance(case.body, dict) and case.body.get("me") is True:
        shows(case, pool.any().access)
    elif DICE.random() < 0.9:
        chat = a_chat(pool, operation)
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
    if concerns_accounts(case, operation):
        account_requests.learn(case, response, operation)
        return
    if response.status_code != 201:
        return
    made = response.json()
    token = case.headers.get("Authorization", "").removeprefix("Bearer ")
    if operation == "open_chat":
        owner_of[made["chat_id"]] = made["author_id"] or token
    elif operation == "create_link":
        chat = case.body["chat_url"].rstrip("/").rsplit("/", 1)[-1]
        owner_of[made["link_id"]] = owner_of.get(chat, UNKNOWN)
    elif operation == "knock":
        guest_of[case.path_parameters["link_id"]] = guest_of[made["knock_id"]] = made["client_id"] or token


def tell():
    print("\nanswers by operation:")
    for name in sorted(documented):
        told = sorted((status, count) for (of, status), count in answered.items() if of == name)
        print(f"  {name}: {', '.join(f'{status} × {count}' for status, count in told)}")
    succeeded = {name for name, status in answered if 200 <= status < 300}
    # No generated request is the handshake of a WebSocket.
    if never := sorted(documented - succeeded - {"open_socket"}):
        print(f"never succeeded: {', '.join(never)}", flush=True)
        os._exit(1)


atexit.register(tell)
