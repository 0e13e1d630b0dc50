"""Requests about accounts: real names, tokens and passwords are put into them, and what the answers change is remembered."""

import base64
import itertools
import uuid

from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase

import groups
import scene
from accounts import Account
from chats import Chat
from client import DICE, UNKNOWN, ask
from scene import Scene, in_any_case, mostly

NUMBERS = itertools.count(1)
# Operations that do not look at credentials.
FOR_EVERYONE = {
    "read_instance",
    "read_push_key",
    "sign_up",
    "sign_in",
    "refresh_session",
    "verify_email",
    "request_password_reset",
    "confirm_password_reset",
}


# The scene of the last request, for its answer; and of what answers named: the access token of a session, the accounts of a friend request.
last = None
session_of, request_of, usernames = {}, {}, set()


def new_password(text):
    """The text as a part of a password that is long enough, and none of the common ones."""
    return text.replace("\0", "")[:200] + f"-plum-{next(NUMBERS)}"


def new_address():
    return in_any_case(f"new.{next(NUMBERS)}@example.org")


def of_user(pool):
    """An account, and the username of another one that it reads."""
    caller = pool.any()
    return Scene(caller, {"username": in_any_case(mostly(pool.other(caller).username, "nobody-here"))})


def of_talk(pool):
    """Two friends who write to each other."""
    caller, other = pool.first(), DICE.choice(pool.all[1:5])
    username = in_any_case(mostly(other.username, "nobody-here"))
    return Scene(caller, {"username": username}, {"to": "@" + username})


def of_friends(pool):
    caller, other = pool.pair()
    if DICE.random() < 0.5:
        ask(pool.base, "PATCH", f"/v1/friend-requests/{caller.request(other)}", other.access, {"status": "accepted"})
    return Scene(caller, {"username": other.username})


def of_blocks(pool):
    return Scene(pool.special_account("blocks").recent(), {"username": in_any_case(pool.other(None).username)})


def of_new_request(pool):
    caller, other = pool.pair()
    before = DICE.random()
    if before < 0.1:
        caller.request(other)
    elif before < 0.2:
        other.request(caller)
    return Scene(caller, body={"username": in_any_case(mostly(other.username, "nobody-here"))}, other=other)


def of_request(pool, may):
    """A friend request: its receiver answers it, its sender withdraws it; sometimes the wrong one of the two, or one of others."""
    sender, receiver = pool.pair()
    identifier = sender.request(receiver)
    right, wrong = (receiver, sender) if may == "receiver" else (sender, receiver)
    return Scene(mostly(right, DICE.choice([wrong, pool.any()])), {"id": mostly(identifier, UNKNOWN)})


def of_session(pool):
    account = pool.signed_in("sessions")
    return Scene(account, {"session_id": DICE.choice([account.session, account.session, "current", str(uuid.uuid4())])})


def of_password(pool):
    account = pool.signed_in("password")
    return Scene(account, body={"current_password": mostly(account.password, "plum-tree-43"), "new_password": new_password})


def of_change(pool):
    account = pool.special_account("changes").recent()
    return Scene(account, body={"email": lambda _: new_address(), "current_password": mostly(account.password, "plum-tree-43")})


def of_deletion(pool):
    account = Account(pool.base)
    return Scene(account, body={"current_password": mostly(account.password, "plum-tree-43")})


def of_membership(pool):
    chat = Chat(pool.base)
    return Scene(pool.any(), body={"chat_url": chat.id, "credential": mostly(chat.member, UNKNOWN)})


def of_sign_up(pool):
    named = {"username": lambda text: mostly(in_any_case(f"new-{next(NUMBERS)}"), text)}
    return Scene(pool.any(), body={**named, "password": new_password, "email": lambda _: new_address()})


def with_verified_address(pool, purpose):
    account = pool.special_account(purpose)
    return account if account.email else account.verify()


def of_sign_in(pool):
    account = with_verified_address(pool, "sign-in")
    login = DICE.choice([account.username, account.email])
    return Scene(account, body={"username": mostly(in_any_case(login), "nobody-here"), "password": mostly(account.password, "plum-tree-43")})


def of_refresh(pool):
    account = pool.special_account("refresh").recent()
    spent = account.refresh
    if DICE.random() < 0.2:
        account.renew()
    return Scene(account, body={"refresh_token": lambda text: mostly(DICE.choice([spent, account.refresh]), text)})


def of_verification(pool):
    account = pool.special_account("verification")
    return Scene(account, body={"token": account.set_address()})


def of_mail(pool):
    """An account whose address is verified, or one whose address is not."""
    if DICE.random() < 0.5:
        return Scene(with_verified_address(pool, "verified").recent())
    account = pool.special_account("unverified")
    if not account.email:
        account.set_address()
    return Scene(account.recent())


def of_lost_password(pool):
    account = with_verified_address(pool, "verified")
    return Scene(account, body={"email": mostly(in_any_case(account.email), new_address())})


def of_reset(pool):
    account = with_verified_address(pool, "reset")
    return Scene(account, body={"token": account.reset_token(), "new_password": new_password})


SCENES = {
    "read_user": of_user,
    "send_message": of_talk,
    "read_direct_messages": of_talk,
    "end_friendship": of_friends,
    "block_account": of_blocks,
    "unblock_account": of_blocks,
    "list_blocks": of_blocks,
    "request_friendship": of_new_request,
    "answer_friend_request": lambda pool: of_request(pool, "receiver"),
    "withdraw_friend_request": lambda pool: of_request(pool, "sender"),
    "end_session": of_session,
    "end_sessions": of_session,
    "change_password": of_password,
    "update_me": of_change,
    "delete_me": of_deletion,
    "bind_membership": of_membership,
    "sign_up": of_sign_up,
    "sign_in": of_sign_in,
    "refresh_session": of_refresh,
    "verify_email": of_verification,
    "request_email_verification": of_mail,
    "request_password_reset": of_lost_password,
    "confirm_password_reset": of_reset,
    **groups.SCENES,
}


def scene_of(case, pool, operation):
    """The scene that an earlier answer set, if the request follows it; else a new one."""
    names = case.path_parameters
    if scene.is_stateful:
        if operation == "end_session" and names.get("session_id") in session_of:
            return session_of[names["session_id"]]
        if names.get("id") in request_of:
            sender, receiver = request_of[names["id"]]
            return Scene(receiver if operation == "answer_friend_request" else sender)
        if operation == "read_user" and names.get("username") in usernames:
            return Scene(pool.any())
    return SCENES.get(operation, lambda pool: Scene(pool.first()))(pool)


def fill(case, pool, operation):
    """Puts what is really there into every part that is as the document wants it, and shows an access token."""
    global last
    last, meta = None, case.meta
    scene.is_stateful = meta.phase.name == TestPhase.STATEFUL
    if isinstance(case.query, dict):
        # A ticket takes the place of the token, which no schema can say.
        case.query.pop("ticket", None)
    if meta.is_negative_at(ParameterLocation.HEADER) and "Idempotency-Key" not in case.headers:
        # The header with the access token is what is wrong.
        return
    last = about = scene_of(case, pool, operation)
    if not meta.is_negative_at(ParameterLocation.PATH):
        case.path_parameters.update({name: value for name, value in about.path.items() if name in case.path_parameters})
    if isinstance(case.body, dict) and not meta.is_negative_at(ParameterLocation.BODY):
        for name, value in about.body.items():
            if isinstance(case.body.get(name), (str, list)):
                case.body[name] = value(case.body[name]) if callable(value) else value
    if isinstance(case.query, dict) and not meta.is_negative_at(ParameterLocation.QUERY):
        if operation == "list_push_subscriptions":
            # These are for members and guests without an account.
            case.query.pop("chat_url", None)
            case.query.pop("link_url", None)
        if "search" in case.query:
            case.query["search"] = DICE.choice(["person", "PERSON-1", "new", "Zz"])
        if "cursor" in case.query and operation not in {"list_friend_requests", "list_chats", "list_group_members", "list_push_subscriptions"}:
            case.query["cursor"] = base64.urlsafe_b64encode(about.caller.username.encode()).decode().rstrip("=")
    if not meta.is_negative_at(ParameterLocation.HEADER):
        show(case, about, operation)


def show(case, about, operation):
    """Shows the caller's access token; sometimes another credential, or none."""
    wrong = DICE.choice([None, UNKNOWN, "a.b.c", about.caller.access[:-1]])
    if operation in FOR_EVERYONE:
        # None of them is looked at.
        credential = DICE.choice([None, None, wrong, about.caller.access])
    else:
        is_right = scene.is_stateful or DICE.random() < 0.92
        credential = about.caller.access if is_right else wrong
        # The check that credentials are looked at tries others then.
        case._has_explicit_auth = is_right
    case.headers.pop("Authorization", None)
    if credential:
        case.headers["Authorization"] = "Bearer " + credential


def learn(case, response, operation):
    """Remembers what a successful request changed."""
    if last is None:
        return
    if operation == "refresh_session" and response.status_code in (200, 401):
        # A token that was spent too long ago ends the session.
        if response.status_code == 200:
            last.caller.hold(response.json())
        else:
            last.caller.lose_session()
    if not 200 <= response.status_code < 300:
        return
    if operation in {"change_password", "confirm_password_reset"}:
        last.caller.password = case.body["new_password"]
    elif operation == "sign_up":
        usernames.add(response.json()["username"])
    elif operation == "sign_in":
        made = response.json()
        holder = Account.__new__(Account)
        holder.hold(made)
        session_of[made["session_id"]] = Scene(holder)
    elif operation == "request_friendship":
        made = response.json()
        is_own = made["from"]["username"] == last.caller.username
        request_of[made["id"]] = (last.caller, last.other) if is_own else (last.other, last.caller)
