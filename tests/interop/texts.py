"""What is said to programs that others wrote: both alphabets, short and in parts."""

GSM_TEXT = "Hello @£€{}"
UCS2_TEXT = "Olá, ação! €"  # ã is not in the GSM alphabet
THREE_PARTS = "Escribe 1 o 2. " * 10 + "[€]" * 20 + "¿qué? ¡sì, señor! " * 5  # an ESC pair on a border
TWO_PARTS = "Доброе утро " + "😀" * 30  # one of them on the border
