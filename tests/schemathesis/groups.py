"""Groups for Schemathesis, and requests about them: with members, those who knock, and those who are outside."""

import itertools

from client import DICE, ask
from scene import Scene, in_any_case, mostly

NUMBERS = itertools.count(1)
# What changes a group for all that follow gets a group of its own.
USES = 12
groups = []


def new_name():
    return f"crew-{next(NUMBERS)}"


class Group:
    """A group with an owner and a member; an account that has knocked, and one that has not."""

    def __init__(self, pool):
        self.owner, self.member, self.guest, self.stranger = pool.open_to_all(4)
        self.name, self.left = new_name(), USES
        settings = {"name": self.name, "members": [self.member.username], "admission": "knock"}
        self.id = ask(pool.base, "POST", "/v1/groups", self.owner.access, settings)["chat_id"]
        ask(pool.base, "POST", f"/v1/groups/{self.name}/knocks", self.guest.access, {})

    def by(self, caller, **body):
        """A request of one of them; sometimes of another account, about another name."""
        path = {"name": in_any_case(mostly(self.name, "no-such-group")), "username": self.member.username}
        return Scene(mostly(caller, self.stranger), path | {"chat_id": self.id, "member_id": 2}, body)


def a_group(pool):
    if not groups or groups[-1].left == 0:
        groups.append(Group(pool))
    groups[-1].left -= 1
    return groups[-1]


def of_new_group(pool):
    owner, *others = pool.open_to_all(4)
    usernames = [other.username for other in others]
    return Scene(owner, body={"name": lambda text: mostly(new_name(), text), "members": lambda some: usernames[: len(some)]})


def of_change(pool):
    group = Group(pool)
    return group.by(group.owner, name=lambda _: new_name())


def of_addition(pool):
    group = Group(pool)
    return group.by(group.owner, username=DICE.choice([group.guest, group.stranger, group.member]).username)


def of_role(pool):
    group = Group(pool)
    return group.by(group.owner)


def of_knock(pool):
    group = Group(pool)
    return group.by(DICE.choice([group.stranger, group.guest]))


def of_own_knock(pool):
    group = Group(pool)
    return group.by(group.guest)


def of_reading(pool):
    group = a_group(pool)
    return group.by(DICE.choice([group.owner, group.member]))


SCENES = {
    "create_group": of_new_group,
    "list_groups": lambda pool: Scene(pool.any()),
    "read_group": of_reading,
    "list_group_members": of_reading,
    "update_group": of_change,
    "close_group": of_role,
    "add_group_member": of_addition,
    "update_group_member": of_role,
    "update_member": of_role,
    "remove_group_member": of_role,
    "knock_at_group": of_knock,
    "read_group_knock": of_own_knock,
    "withdraw_group_knock": of_own_knock,
}
