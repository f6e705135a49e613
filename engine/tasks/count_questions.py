"""Which questions only reading every document answers: “How many contracts end in 2025?”"""

from __future__ import annotations

import re

_THINGS = (
    r"(?:contracts?|agreements?|leases?|documents?|files?|invoices?|receipts?|letters?|reports?|e?-?mails?"
    r"|messages?|tickets?|cvs?|resumes?|applicants?|candidates?|policies|orders?|offers?|papers?"
    r"|vertr[äa]ge?n?|dokumente?n?|dateien|rechnungen|belege?|briefe?|berichte?|bewerbungen|mietverträge"
    r"|contrats?|documents?|fichiers?|factures?|lettres?|rapports?"
    r"|contratos?|documentos?|archivos?|facturas?|cartas?|informes?)"
)
_ASKS_EVERY = re.compile(
    rf"""
      \bhow\ many\ (?:of\ (?:the|my|our|these|those|all)\ )?(?:[\w-]+\ ){{0,2}}{_THINGS}\b
    | \bwhich\ (?:of\ (?:the|my|our|these)\ )?{_THINGS}\b
    | \b(?:list|show|find|count|name)\ (?:me\ )?(?:all|every|each)\b
    | \b(?:list|count)\ (?:the|my|our)\ {_THINGS}\b
    | \b(?:all|every|each)\ (?:of\ (?:the|my|our)\ )?(?:[\w-]+\ )?{_THINGS}\b
    | \bwie\ viele\ (?:der\ |meiner\ |unserer\ )?(?:[\w-]+\ ){{0,2}}{_THINGS}\b | \bwelche\ {_THINGS}\b
    | \balle\ {_THINGS}\b | \bcombien\ de\ {_THINGS}\b | \bquels?les?\ {_THINGS}\b | \btous\ les\ {_THINGS}\b
    | \bcu[áa]nt[oa]s\ {_THINGS}\b | \bqu[ée]\ {_THINGS}\b | \btodos\ los\ {_THINGS}\b
    | 有?多少[份个张封]?(?:合同|文件|发票|文档|信) | 哪些(?:合同|文件|发票|文档)
    """,
    re.VERBOSE | re.IGNORECASE,
)


def asks_every_document(question: str) -> bool:
    """Whether a question looks like one that only reading every document answers."""
    return bool(_ASKS_EVERY.search(question))
