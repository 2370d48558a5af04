"""Python imports this before anything else where this folder is on its path: only in gateways that are to suffer."""

from tests.faults import sabotage

sabotage.install()
