"""What is said to programs that others wrote: both alphabets, short and in parts."""

GSM_TEXT = "Hello @£€{}"
UCS2_TEXT = "Olá, ação! €"  # ã is not in the GSM alphabet
THREE_PARTS = "Escribe 1 o 2. " * 10 + "[€]" * 20 + "¿qué? ¡sì, señor! " * 5  # an ESC pair on a border
TWO_PARTS = "Доброе утро " + "😀" * 30  # one of them on the border
# Everything that GSM 7-bit can say (3GPP TS 23.038, section 6.2.1), in 145 septets; the last one is not a blank.
GSM_ALL = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
    "^{}\\[~]|€"
)
