"""Money as the person sees and types it: in their currency, as exactly as it matters."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from engine.usage.values import Currency, Money

MICRO = 1_000_000
_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£"}
_CENT, _SMALLEST, _SMALL = Decimal("0.01"), Decimal("0.001"), Decimal("0.1")
_MOST = Decimal(1_000_000_000)  # a limit above this is a slip of the finger; SQLite adds up to 2**63


def shown(amount: Money | None, currency: Currency) -> str:
    """“€0.00”, “< €0.001”, “€0.014”, “€12.30”; “price not known” for None."""
    if amount is None:
        return "price not known"
    value = in_currency(amount, currency)
    if 0 < value < _SMALLEST:
        return f"< {_with_symbol(str(_SMALLEST), currency)}"
    if value < _SMALL:
        value = value.quantize(_SMALLEST, ROUND_HALF_UP)
        digits = f"{value:.3f}"
        return _with_symbol(digits.removesuffix("0"), currency)
    return _with_symbol(f"{value.quantize(_CENT, ROUND_HALF_UP):,.2f}", currency)


def summed(amount: Money, currency: Currency) -> str:
    """What was spent in all, to the cent: “€0.10”, and “< €0.01” where it is something, and less."""
    value = in_currency(amount, currency)
    if 0 < value < _CENT:
        return f"< {_with_symbol(str(_CENT), currency)}"
    return _with_symbol(f"{value.quantize(_CENT, ROUND_HALF_UP):,.2f}", currency)


def in_currency(amount: Money, currency: Currency) -> Decimal:
    return Decimal(amount) / MICRO * Decimal(str(currency.per_dollar))


def typed(text: str, currency: Currency) -> Money | None:
    """What a person typed as an amount of their currency: “2”, “2.50”, “2,50”, “€ 2”; None for “”.

    Raises:
        ValueError: it is no amount.
    """
    plain = text.replace(symbol(currency), "").replace(currency.code, "").strip()
    if not plain:
        return None
    return of_currency(_number(plain), currency)


def of_currency(value: Decimal, currency: Currency) -> Money:
    return int((value / Decimal(str(currency.per_dollar)) * MICRO).quantize(Decimal(1), ROUND_HALF_UP))


def symbol(currency: Currency) -> str:
    return _SYMBOLS.get(currency.code, currency.code)


def _number(text: str) -> Decimal:
    if text.count(",") == 1 and "." not in text:  # “2,50”; “1,000” becomes 1: a limit too low, never too high
        text = text.replace(",", ".")
    try:
        value = Decimal(text.replace(",", "").replace(" ", ""))
    except InvalidOperation:
        raise ValueError(f"“{text}” is no amount of money") from None
    if not value.is_finite() or not 0 <= value <= _MOST:
        raise ValueError(f"“{text}” is no amount of money")
    return value


def _with_symbol(digits: str, currency: Currency) -> str:
    mark = symbol(currency)
    return f"{mark}{digits}" if len(mark) == 1 else f"{mark} {digits}"
