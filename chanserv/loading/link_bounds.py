"""What each key of a link and of a tunnel must be like beyond its type: one table, a line a key.

Lengths are those of the standards; where carriers are known to go further, the comment says so.
"""

from __future__ import annotations

import re

from chanserv.loading.limits import (
    Bound,
    above_zero,
    address,
    ascii,
    between,
    codes,
    country,
    device,
    digits,
    each,
    endpoint,
    header_value,
    headers,
    host,
    not_empty,
    path,
    template_url,
    url,
    url_word,
    uuid,
    variable_names,
)
from chanserv.settings import (
    Cimd2Settings,
    ExternalSettings,
    ReceiptSettings,
    RestSettings,
    Secret,
    SmppSettings,
    TlsSettings,
    TlvSettings,
    TunnelSettings,
    UcpSettings,
)
from chanserv.settings.carrier import CarrierSettings
from chanserv.settings.links import SocketSettings
from chanserv.settings.rest import HttpSettings
from chanserv.text.numbers import possible

SMPP, UCP, CIMD2, TON, NPI = "SMPP 3.4", "EMI-UCP", "CIMD2", between(0, 7), between(0, 18)
OURS = frozenset({0x020C, 0x020E, 0x020F, 0x0424})  # sar_* and message_payload: `long` and `submit` write them
HOURS = between(-14, 14)
PLACES = re.compile(r"\{(id|channel|to|from)\}")


def smpp_code(value: str) -> str:
    """command_status, as operators write it."""
    sound = re.fullmatch("0[xX][0-9a-fA-F]{1,8}|[1-9][0-9]{0,9}", value)
    return "" if sound and 0 < int(value, 0) < 1 << 32 else 'is no command_status such as "0x0400" or "1024"'


def ucp_code(value: str) -> str:
    return "" if re.fullmatch("[0-9]{2,3}", value) and int(value) else 'is no error code such as "04"'


def cimd2_code(value: str) -> str:
    return "" if re.fullmatch("[1-9][0-9]{0,2}", value) else 'is no error code such as "301"'


def data_coding(value: dict[str, int]) -> str:
    if not value.keys() <= {"gsm7", "ucs2", "octets"}:
        return "may have gsm7, ucs2 and octets only"
    return "" if all(0 <= number <= 255 for number in value.values()) else "must hold numbers from 0 to 255"


def words(value: dict[str, str]) -> str:
    """stat words are compared without regard to case."""
    if not all(value):
        return "holds an empty word"
    return "" if len({word.upper() for word in value}) == len(value) else "has one word twice"


def esm_class(value: int) -> str:
    if not 0 <= value <= 255:
        return "must be from 0 to 255"
    return "must leave 0x40 (a header in the text) to us" if value & 0x40 else ""


def tag(value: int) -> str:
    if not 0 < value <= 0xFFFF:
        return "must be from 1 to 0xffff"
    return "is written by `long` and `submit`, where they ask for it" if value in OURS else ""


def tlv_text(value: str) -> str:
    if not value.isascii() or "\0" in value:
        return "must be ASCII"
    return (
        "may have {id}, {channel}, {to} and {from} in braces only" if re.search("[{}]", PLACES.sub("", value)) else ""
    )


def octets(value: str) -> str:
    return "" if re.fullmatch("([0-9a-fA-F]{2})*", value) else "must be pairs of hexadecimal digits"


def wireguard_key(value: str) -> str:
    """32 octets in base64, as `wg` shows them."""
    return "" if re.fullmatch("[A-Za-z0-9+/]{43}=", value) else "is no public key as `wg show` writes it"


def unframed(most: int) -> Bound:
    """A CIMD2 string: no blank at either end, and none of the octets that frame a packet."""
    plain = ascii(most, CIMD2, least=1)

    def bound(value: str | Secret) -> str:
        text = value.reveal() if isinstance(value, Secret) else value
        return plain(value) or ("" if text == text.strip(" ") else "must not begin or end with a blank")

    return bound


def ucp_account(value: str) -> str:
    """OAdC of operation 60: digits by the standard, letters at some carriers; `/` would end the field."""
    return (
        "" if re.fullmatch("[!-.0-~]{0,16}", value) else f"must have at most 16 characters, no blank and no / ({UCP})"
    )


def hook_word(value: Secret) -> str:
    """What cannot be guessed, and goes into a URL as it is."""
    return url_word(value) or ("" if len(value.reveal()) >= 12 else "must have 12 characters at least")


def number(value: str) -> str:
    return "" if possible(value) else "is no number of a telephone"


LINK_BOUNDS: dict[tuple[type, str], Bound] = {
    (CarrierSettings, "test_numbers"): each(number),
    (RestSettings, "profile"): not_empty,
    (RestSettings, "base_url"): url,
    (RestSettings, "hook_secret"): each(hook_word),
    (HttpSettings, "concurrency"): between(1, 1000),
    (HttpSettings, "country"): country,
    (RestSettings, "split"): between(20, 20_000),
    (ExternalSettings, "uuid"): uuid,
    (ExternalSettings, "send_url"): template_url,
    (ExternalSettings, "content_type"): header_value,
    (ExternalSettings, "headers"): headers,
    (ExternalSettings, "credentials"): variable_names,
    (ExternalSettings, "mt_response_check"): not_empty,
    (ExternalSettings, "max_length"): lambda value: between(20, 20_000)(value or 20),
    (ExternalSettings, "url_secret"): hook_word,
    (ExternalSettings, "allow_from"): not_empty,
    (ExternalSettings, "mo_from_field"): not_empty,
    (ExternalSettings, "mo_text_field"): not_empty,
    (ExternalSettings, "mo_date_field"): not_empty,
    (ExternalSettings, "mo_response_content_type"): header_value,
    (TunnelSettings, "device"): device,
    (TunnelSettings, "peer"): wireguard_key,
    (TunnelSettings, "child"): not_empty,
    (TunnelSettings, "vici"): path,
    (TunnelSettings, "to"): address,
    (TunnelSettings, "handshake_age"): above_zero,
    (TunnelSettings, "every"): between(0.1, 3600),  # a look may be a process
    (TlsSettings, "ca"): not_empty,
    (TlsSettings, "cert"): not_empty,
    (TlsSettings, "key"): not_empty,
    (TlsSettings, "name"): not_empty,
    (SocketSettings, "hosts"): each(host),
    (CarrierSettings, "rate"): above_zero,
    (CarrierSettings, "answer_within"): above_zero,
    (SocketSettings, "enquire_after"): above_zero,
    (SocketSettings, "bind_within"): above_zero,
    (CarrierSettings, "connect_within"): above_zero,
    (CarrierSettings, "source"): address,
    (CarrierSettings, "device"): device,
    (CarrierSettings, "user_timeout"): between(0, 86400),  # milliseconds in an int, tcp(7)
    (CarrierSettings, "keepalive"): between(0, 32767),  # MAX_TCP_KEEPIDLE of Linux
    (TlvSettings, "tag"): tag,
    (TlvSettings, "text"): tlv_text,
    (TlvSettings, "hex"): octets,
    (TlvSettings, "size"): between(1, 8),
    (ReceiptSettings, "words"): words,
    (ReceiptSettings, "zone"): HOURS,
    (SmppSettings, "window"): between(1, 1000),
    (SmppSettings, "errors"): codes(smpp_code, lambda key: int(key, 0)),
    (SmppSettings, "system_id"): ascii(15, SMPP),
    (SmppSettings, "password"): ascii(8, SMPP),
    (SmppSettings, "system_type"): ascii(12, SMPP),
    (SmppSettings, "binds"): between(1, 100),
    (SmppSettings, "listen"): endpoint,
    (SmppSettings, "listen_from"): not_empty,
    (SmppSettings, "outbind_id"): ascii(15, SMPP),
    (SmppSettings, "outbind_password"): ascii(8, SMPP),
    (SmppSettings, "addr_ton"): TON,
    (SmppSettings, "addr_npi"): NPI,
    (SmppSettings, "address_range"): ascii(40, SMPP),
    (SmppSettings, "service_type"): ascii(5, SMPP),
    (SmppSettings, "source_ton"): TON,
    (SmppSettings, "source_npi"): NPI,
    (SmppSettings, "dest_ton"): TON,
    (SmppSettings, "dest_npi"): NPI,
    (SmppSettings, "esm_class"): esm_class,
    (SmppSettings, "protocol_id"): between(0, 255),
    (SmppSettings, "priority"): between(0, 4),  # 4: SMPP 5.0, for ANSI-41 and cell broadcast
    (SmppSettings, "registered_delivery"): between(0, 31),
    (SmppSettings, "data_coding"): data_coding,
    (UcpSettings, "window"): between(1, 100),  # a TRN has two digits
    (UcpSettings, "errors"): codes(ucp_code, int),
    (UcpSettings, "account"): ucp_account,
    (UcpSettings, "password"): ascii(16, UCP),
    (UcpSettings, "oton"): between(0, 9),
    (UcpSettings, "onpi"): between(0, 9),
    (UcpSettings, "listen"): endpoint,
    (UcpSettings, "listen_from"): not_empty,
    (UcpSettings, "authentication"): ascii(16, UCP, least=4),
    (UcpSettings, "notify"): between(0, 7),
    (UcpSettings, "notify_address"): digits(1, 16),
    (UcpSettings, "notify_pid"): digits(4, 4),
    (UcpSettings, "priority"): between(0, 9),
    (UcpSettings, "billing"): ascii(100, UCP, least=1),
    (UcpSettings, "zone"): HOURS,
    (Cimd2Settings, "window"): between(1, 128),
    (Cimd2Settings, "errors"): codes(cimd2_code, int),
    (Cimd2Settings, "user"): unframed(32),
    (Cimd2Settings, "password"): unframed(32),
    (Cimd2Settings, "sub_address"): between(0, 9),
    (Cimd2Settings, "binds"): between(1, 10),
    (Cimd2Settings, "status_report"): between(0, 63),
    (Cimd2Settings, "tariff"): between(0, 99),
    (Cimd2Settings, "service"): between(0, 9),
    (Cimd2Settings, "priority"): between(1, 9),
    (Cimd2Settings, "zone"): HOURS,
}

# What is refused for a reason that the list of choices does not tell.
LINK_WHY_NOT: dict[tuple[type, str, str], str] = {
    (SmppSettings, "on_unknown", "query"): (
        "an SMSC cannot be asked what became of a submit_sm it never answered, since query_sm wants the id "
        'of that answer (SMPP 3.4, 4.8); use "resend" or "fail"'
    ),
    (UcpSettings, "on_unknown", "query"): (
        "an SMSC cannot be asked what became of a 51 it never answered, since an inquiry (55) wants the time stamp "
        'of that answer; use "resend" or "fail"'
    ),
    (Cimd2Settings, "on_unknown", "query"): (
        "an SMSC cannot be asked what became of a submit it never answered, since an enquiry (04) wants the time "
        'stamp (060) of that answer; use "resend" or "fail"'
    ),
}
