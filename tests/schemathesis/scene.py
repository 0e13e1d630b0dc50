"""Who makes a generated request, and what is really there to be named in it."""

from dataclasses import dataclass, field

from accounts import Account
from client import DICE

# Whether the request follows others: then what they made is looked for, by one who may see it.
is_stateful = False


@dataclass
class Scene:
    caller: Account
    path: dict = field(default_factory=dict)
    # Values for what the body has, or functions that make one of what stands there.
    body: dict = field(default_factory=dict)
    # The other account of a new friend request.
    other: Account | None = None


def mostly(right, wrong):
    return right if is_stateful or DICE.random() < 0.85 else wrong


def in_any_case(text):
    return DICE.choice([text, text, text.upper(), text.title()])
