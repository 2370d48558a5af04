"""chanserv: the SMS channel gateway between a RapidPro-family platform and the mobile world."""

__version__ = "0.1.0"
