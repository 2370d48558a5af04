"""Tells twistd of `chanserv-peer`, the simulators. No more than names, as in chanserv_plugin."""

from twisted.application.service import ServiceMaker

chanserv_peer = ServiceMaker(
    "chanserv-peer",
    "chanserv.peers",
    "A simulator of an SMSC, of an aggregator or of the platform, for chanserv to talk to.",
    "chanserv-peer",
)
