"""Decimal numbers in text, as scaled integers; never floats."""


def decimal(text: str, exponent: int) -> int:
    """The number in text ("-12.50"), scaled by 10**exponent, halves away from zero.

    ValueError for anything else, and for more than 18 digits.
    """
    sign = -1 if text.startswith("-") else 1
    whole, _, rest = text[text[:1] in ("-", "+") :].partition(".")
    digits = whole + rest
    if not 1 <= len(digits) <= 18 or [letter for letter in digits if not "0" <= letter <= "9"]:
        raise ValueError("no decimal number: %r" % text)
    places = -exponent - len(rest)
    if places >= 0:
        return sign * int(digits) * 10**places
    unit = 10**-places
    return sign * ((2 * int(digits) + unit) // (2 * unit))
