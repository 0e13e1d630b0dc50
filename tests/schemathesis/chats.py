"""Chats for Schemathesis, with people in them and at their doors; some of the people have accounts."""

from client import DICE, ask

# What these change is used up: each gets a chat of its own.
SPENDS = {"delete_message", "close_chat", "remove_member", "revoke_link", "decide_knocks", "withdraw_knock", "update_chat", "knock", "exchange_link"}
SPENDS |= {"create_webhook", "delete_webhook"}

# A host that no resolver knows.
HOOK = "https://hooks.invalid"
# A push service that the server may send to, and that no resolver knows; the keys are those of RFC 8291, appendix A.
PUSH = "https://push.invalid"
PUSH_KEYS = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}

# Who may do what, of all that an answer named: the owner of a chat or link; the last guest of a link, the guest of a knock.
owner_of, guest_of = {}, {}
chats = []


class Chat:
    """A chat with an owner, a member, and a guest who waits at a link. `accounts` are the access tokens of those who have one."""

    def __init__(self, base, accounts=(None, None, None)):
        owner, member, guest = accounts
        opened = ask(base, "POST", "/v1/chats", owner, {"name": "Ana", "admission": DICE.choice(["knock", "knock", "knock", "open"])})
        self.id, self.owner = opened["chat_id"], owner or opened["author_id"]
        link = ask(base, "POST", "/v1/links", self.owner, {"chat_url": self.id})
        self.link, self.link_url = link["link_id"], link["link_url"]
        knocks = [ask(base, "POST", f"/v1/links/{self.link}/knocks", who, {"name": name}) for who, name in ((member, "Ben"), (guest, "Eva"))]
        if not knocks[0]["chat_url"]:
            ask(base, "POST", "/v1/approval", self.owner, {"link_url": self.link_url, "knock_id": knocks[0]["knock_id"]})
        self.message = ask(base, "POST", f"/v1/chats/{self.id}", self.owner, {"text": "Hello"})["seq"]
        self.member = member or knocks[0]["client_id"]
        self.knock, self.guest = knocks[1]["knock_id"], guest or knocks[1]["client_id"]
        hook = ask(base, "POST", f"/v1/chats/{self.id}/webhooks", self.owner, {"url": HOOK, "events": ["knock"]})
        self.webhook = hook["id"]
        self.left = 12
        owner_of[self.id] = owner_of[self.link] = self.owner
        guest_of[self.link] = self.guest


def a_chat(pool, operation):
    if operation in SPENDS or not chats or chats[-1].left == 0:
        tokens = [account.access if DICE.random() < 0.3 else None for account in pool.several(3)]
        chat = Chat(pool.base, tokens)
        if operation in SPENDS:
            return chat
        chats.append(chat)
    chats[-1].left -= 1
    return chats[-1]
