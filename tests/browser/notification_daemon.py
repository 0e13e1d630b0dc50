"""The notifications of a desktop (the D-Bus interface org.freedesktop.Notifications): prints each as a line of JSON, and clicks the id that it reads."""

import asyncio
import json
import sys

from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface, method, signal

CLOSED_BY_CALL = 3


def tell(**fields):
    print(json.dumps(fields), flush=True)


class Notifications(ServiceInterface):
    def __init__(self):
        super().__init__("org.freedesktop.Notifications")
        self.last = 0

    @method()
    def Notify(
        self, app: "s", replaces: "u", icon: "s", summary: "s", body: "s", actions: "as", hints: "a{sv}", timeout: "i"
    ) -> "u":
        if not replaces:
            self.last += 1
        number = replaces or self.last
        tell(id=number, title=summary, body=body, actions=actions)
        return number

    @method()
    def CloseNotification(self, number: "u"):
        tell(closed=number)
        self.NotificationClosed(number, CLOSED_BY_CALL)

    @method()
    def GetCapabilities(self) -> "as":
        return ["actions", "body"]

    @method()
    def GetServerInformation(self) -> "ssss":
        return ["Parlor's tests", "Parlor", "1", "1.2"]

    @signal()
    def ActionInvoked(self, number, action) -> "us":
        return [number, action]

    @signal()
    def NotificationClosed(self, number, reason) -> "uu":
        return [number, reason]


async def main():
    bus = await MessageBus().connect()
    notifications = Notifications()
    bus.export("/org/freedesktop/Notifications", notifications)
    await bus.request_name("org.freedesktop.Notifications")
    tell(ready=True)
    clicks = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(clicks), sys.stdin)
    while number := await clicks.readline():
        notifications.ActionInvoked(int(number), "default")


asyncio.run(main())
