"""Units of measure under one name each: “Tage”, “days” and “天” are days, “€” and “EUR” euros."""

from __future__ import annotations

_UNITS = {
    "second": "second seconds sekunde sekunden seconde secondes segundo segundos 秒",
    "minute": "minute minutes min minuten minuto minutos 分钟",
    "hour": "hour hours hr hrs h hourly stunde stunden stündlich heure heures hora horas 小时",
    "day": "day days daily tag tage tagen täglich jour jours día días 天",
    "week": "week weeks weekly woche wochen wöchentlich semaine semaines semana semanas 周",
    "month": "month months monthly monat monate monaten monats monatlich monatliche monatlichen mois mensuel "
    "mensuelle mes meses mensual 月",
    "quarter": "quarter quarters quarterly quartal quartale quartalen trimestre trimestres",
    "year": "year years yearly annual annually jahr jahre jahren jahres jährlich jährliche jährlichen "
    "an ans année années annuel annuelle año años anual 年",
    "percent": "percent prozent porcentaje %",
    "dollar": "dollar dollars usd $",
    "euro": "euro euros eur €",
    "pound": "pound pounds pfund gbp £",
    "franc": "franc francs franken chf",
    "krone": "krone kroner kronen nok dkk sek",
    "yen": "yen jpy ¥",
    "yuan": "yuan rmb cny 元",
    "kg": "kg kilogram kilograms kilogramme kilogramm kilo kilos",
    "g": "g gram grams gramm",
    "ton": "ton tons tonne tonnes tonnen toneladas",
    "km": "km kilometer kilometers kilometre kilometres kilómetros",
    "m": "m meter meters metre metres metern metros",
    "cm": "cm centimeter centimeters centimetre centimetres zentimeter",
    "mm": "mm millimeter millimeters millimetre millimetres",
    "mile": "mile miles meile meilen",
    "foot": "foot feet ft",
    "inch": "inch inches",
    "mb": "mb megabyte megabytes",
    "gb": "gb gigabyte gigabytes",
    "degree": "degree degrees grad °c °f",
    "page": "page pages seite seiten página páginas",
    "copy": "copy copies",
}
UNITS: dict[str, str] = {word: unit for unit, words in _UNITS.items() for word in words.split()}
# “An” is an article, and “h”, “m”, “g” and “min” are letters of anything, unless a number stands before.
ONLY_AFTER_A_NUMBER = frozenset(["an", "h", "m", "g", "min", "ft"])

TIMES = frozenset(["second", "minute", "hour", "day", "week", "month", "quarter", "year"])
CURRENCIES = frozenset(["dollar", "euro", "pound", "franc", "krone", "yen", "yuan"])
SIGNS = "%$€£¥"
