"""Words of which a text may say the one and never means the other."""

from __future__ import annotations

from rag.words import stem

_PAIRS = """
    tenant/landlord lessee/lessor buyer/seller purchaser/seller vendor/purchaser supplier/customer
    employer/employee licensor/licensee lender/borrower creditor/debtor sender/recipient
    mieter/vermieter käufer/verkäufer lieferant/kunde arbeitgeber/arbeitnehmer auftraggeber/auftragnehmer
    lizenzgeber/lizenznehmer gläubiger/schuldner absender/empfänger
    locataire/bailleur acheteur/vendeur fournisseur/client employeur/salarié
    arrendatario/arrendador comprador/vendedor proveedor/cliente
    before/after earlier/later minimum/maximum least/most above/below first/last highest/lowest
    largest/smallest biggest/smallest longest/shortest oldest/youngest oldest/newest best/worst
    increase/decrease rise/fall rose/fell more/less more/fewer higher/lower
    larger/smaller longer/shorter older/younger older/newer better/worse faster/slower greater/smaller
    gain/lose gained/lost win/lose won/lost accept/reject allow/forbid allowed/forbidden
    permitted/prohibited include/exclude import/export north/south northern/southern
    east/west eastern/western northeast/southwest northwest/southeast inside/outside internal/external
    left/right upper/lower top/bottom male/female men/women man/woman boy/girl father/mother son/daughter
    brother/sister husband/wife king/queen public/private domestic/foreign rural/urban ancient/modern
    true/false same/different similar/different begin/end began/ended start/end started/ended
    open/closed birth/death born/died entered/left arrive/leave arrival/departure deposit/withdraw
    positive/negative strong/weak stronger/weaker high/low hot/cold rich/poor wealthy/poor
    easy/difficult easy/hard simple/complex common/rare majority/minority success/failure succeeded/failed
    victory/defeat ally/enemy war/peace friend/enemy support/oppose agree/disagree advantage/disadvantage
    legal/illegal possible/impossible finite/infinite odd/even direct/indirect formal/informal
    vor/nach mindestens/höchstens früher/später mehr/weniger höher/niedriger steigt/sinkt stieg/sank
    erlaubt/verboten vorher/nachher erste/letzte oben/unten
"""


def _table() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for pair in _PAIRS.split():
        one, other = map(stem, pair.split("/"))
        if one != other:
            table.setdefault(one, set()).add(other)
            table.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in table.items()}


OPPOSITES = _table()
"""For the stem of a word those of its opposites."""
