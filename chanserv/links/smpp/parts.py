"""A part as a submit_sm (SMPP 3.4, section 4.4.1). When it is sent, and what became of it, is not known here."""

from __future__ import annotations

from functools import lru_cache

from chanserv.links.smpp.pdus import SubmitSm
from chanserv.message import Coding, Part, Work
from chanserv.text.numbers import ton_npi

UDHI = 0x40  # esm_class: a user data header is in front of the text
FINAL_RECEIPT = 0x01  # registered_delivery: on success and on failure
DATA_CODING = {Coding.GSM7: 0x00, Coding.UCS2: 0x08, Coding.OCTETS: 0x04}


def submit_sm(work: Work, part: Part, receipted: bool) -> SubmitSm:
    """The PDU of one part; `receipted`: ask for a final receipt.

    validity_period stays empty: our own validity ends what was not taken, and
    for the rest the SMSC's default is the one its operator was told of.
    """
    source_ton, source_npi, source = _address(work.sender)
    dest_ton, dest_npi, dest = _address(work.to)
    return SubmitSm(
        source_addr_ton=source_ton,
        source_addr_npi=source_npi,
        source_addr=source,
        dest_addr_ton=dest_ton,
        dest_addr_npi=dest_npi,
        destination_addr=dest,
        esm_class=UDHI if part.slice.udh else 0,
        registered_delivery=FINAL_RECEIPT if receipted else 0,
        data_coding=DATA_CODING[work.coding],
        short_message=part.slice.udh + part.slice.body,
    )


_address = lru_cache(maxsize=4096)(ton_npi)
