"""Tells twistd of `chanserv`. No more than names: twistd imports this for every command of its own."""

from twisted.application.service import ServiceMaker

chanserv = ServiceMaker(
    "chanserv",
    "chanserv.tap",
    "The SMS channel gateway between a RapidPro-family platform and the mobile world.",
    "chanserv",
)
