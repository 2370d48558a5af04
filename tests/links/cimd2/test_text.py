"""Texts in 033 and 034: combinations, escapes, Latin-1, packed septets, data coding schemes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from chanserv.links.cimd2 import content, text
from chanserv.message import Coding, Segment, Slice
from chanserv.text import gsm7
from tests.links.cimd2.written import packet

UDH = bytes.fromhex("050003A70201")
ALL = gsm7.decode(bytes(code for code in range(0x80) if code != gsm7.ESC))
EXTENDED = "\f^{}\\[~]|€"


class CombinationTests(SynchronousTestCase):
    def test_every_character(self) -> None:
        """Both ways, by the specification's table; what ISO 646 reads otherwise is never written bare."""
        self.assertEqual(
            "_Oa_L-$_Y-_e`_e'_u`_i`_o`_C,\n_O/_o/\r_A*_a*_gd_--_gf_gg_gl_go_gp_gi_gs_gt_gx_AE_ae_ss_E'"
            ' !"#_ox%&\'()*+,-./0123456789:;<=>?_!!ABCDEFGHIJKLMNOPQRSTUVWXYZ_A"_O"_N~_U"_so'
            '_??abcdefghijklmnopqrstuvwxyz_a"_o"_n~_u"_a`',
            text.write(gsm7.encode(ALL)),
        )
        self.assertEqual(ALL, text.read(text.write(gsm7.encode(ALL))))

    def test_the_extension(self) -> None:
        """An escape, and the basic character of its code; as Kannel writes it."""
        value = text.write(gsm7.encode(EXTENDED))
        self.assertEqual("_XX\n_XX_gl_XX(_XX)_XX/_XX<_XX=_XX>_XX_!!_XXe", value)
        self.assertEqual(EXTENDED, text.read(value))

    def test_latin(self) -> None:
        """Letters that Latin-1 has are its octets; behind an escape there is a combination all the same."""
        self.assertEqual("_Oa£$¥éÄñ_--_gd", text.write(gsm7.encode("@£$¥éÄñ_Δ"), latin=True))
        self.assertEqual("_XX_!!¡", text.write(gsm7.encode("|¡"), latin=True))

    @settings(deadline=None)
    @given(st.text(st.sampled_from(ALL + EXTENDED), max_size=160), st.booleans())
    def test_round_trip(self, said: str, latin: bool) -> None:
        """Whatever GSM can say; three octets a septet at most."""
        value = text.write(gsm7.encode(said), latin)
        self.assertEqual(said, text.read(value))
        self.assertLessEqual(len(value), 3 * len(gsm7.encode(said)))
        self.assertEqual(gsm7.encode(said), text.septets(text.read(value)))

    @settings(deadline=None)
    @given(st.text(st.characters(max_codepoint=0xFF), max_size=200))
    def test_reading_never_fails(self, value: str) -> None:
        """Nor does counting what was read."""
        text.septets(text.read(value))

    def test_what_others_write(self) -> None:
        """ISO 646 letters, a quoted sign, underscores that begin nothing, escapes of nothing."""
        for value, said in (
            ("[\\]^{|}~@$", "ÄÖÅÜäöåü@$"),
            ("_qq_zz_", '"_zz_'),
            ("__Oa", "_@"),
            ("_XXx_XX", "x"),
            ("_XX_XXa", " a"),
            ("ç`", "ç`"),
        ):
            self.assertEqual(said, text.read(value), value)
        self.assertEqual(b"?", text.septets("ж"))


class ContentTests(SynchronousTestCase):
    def test_written(self) -> None:
        """030 where it is not 0, the header apart, text or octets."""
        self.assertEqual(((33, "_Oa"),), content.write(Coding.GSM7, Slice(b"\0")))
        self.assertEqual(
            ((30, "8"), (32, "050003A70201"), (34, "1230120B")),
            content.write(Coding.UCS2, Slice("\u1230\u120b".encode("utf-16-be"), UDH)),
        )
        self.assertEqual(((30, "4"), (34, "DEADBEEF")), content.write(Coding.OCTETS, Slice(b"\xde\xad\xbe\xef")))
        self.assertEqual(((30, "16"), (33, "x")), content.write(Coding.GSM7, Slice(b"x"), scheme=16))

    def test_read(self) -> None:
        """Each alphabet as the gateway names it."""
        for written, body, encoding in (
            ("20:000|033:a_Oa", b"a\0", "gsm7"),
            ("20:000|033:fa\xe7ade", "façade".encode(), "utf-8"),
            ("20:000|030:8|034:1230120b", b"\x12\x30\x12\x0b", "utf-16-be"),
            ("20:000|030:8|034:123012", b"\x12\x30\xff\xfd", "utf-16-be"),
            ("20:000|030:245|034:41e9", b"A\xe9", "latin-1"),
            ("20:000|030:0|034:E8329BFD4697D9EC37", b"hellohello", "gsm7"),
            ("20:000|034:31D98C56B3DD1A", b"1234567", "gsm7"),
            ("20:000|034:31D98C56B3DD00", b"1234567", "gsm7"),
            ("20:000|034:31D98C56B3DD70", b"12345678", "gsm7"),
            ("20:000|034:xyz", b"", "gsm7"),
            ("20:000", b"", "gsm7"),
        ):
            read = content.read(packet(written))
            self.assertEqual((body, encoding), (read.body, read.encoding), written)

    def test_packed_behind_a_header(self) -> None:
        """After its fill bits (TS 23.038, example 16 of the GSM sheet)."""
        read = content.read(packet("20:000|032:050003A70202|034:C2E170381C0E8701"))
        self.assertEqual((b"aaaaaaaa", Segment(0xA7, 2, 2)), (read.body, read.segment))

    def test_alphabets(self) -> None:
        """TS 23.038, section 4; what is reserved is GSM."""
        for coding, schemes in (
            (Coding.GSM7, (0, 0x0C, 0x10, 0x20, 0x40, 0x80, 0xB8, 0xC8, 0xD8, 0xF0, 0xF3)),
            (Coding.OCTETS, (4, 0x14, 0x44, 0xF4, 0xF5)),
            (Coding.UCS2, (8, 0x18, 0x48, 0xE0, 0xE8)),
        ):
            self.assertEqual({coding}, {content.alphabet(scheme) for scheme in schemes})

    @settings(deadline=None)
    @given(st.sampled_from(Coding), st.binary(max_size=140), st.booleans())
    def test_user_data(self, coding: Coding, body: bytes, headed: bool) -> None:
        """What is written is read: header and body."""
        if coding is Coding.GSM7:
            body = gsm7.encode(gsm7.decode(bytes(octet & 0x7F for octet in body)))
        parameters = content.write(coding, Slice(body, UDH if headed else b""))
        pdu = packet("03:000")
        pdu = type(pdu)(3, 0, parameters)
        self.assertEqual((UDH if headed else b"") + body, content.user_data(pdu))
