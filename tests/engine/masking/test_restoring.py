from __future__ import annotations

import json
import random

import pytest

from engine.masking.restoring import Restorer, restored
from engine.masking.values import Mask
from tests.own_time import own_time

MASKS = (
    Mask("⟨PERSON_1⟩", "PERSON", "Marie Dupont"),
    Mask("⟨PERSON_1_b⟩", "PERSON", "Dupont"),
    Mask("⟨PERSON_12⟩", "PERSON", "Jean Martin"),
    Mask("⟨EMAIL_1⟩", "EMAIL", "marie@example.org"),
    Mask("⟨ADDRESS_1⟩", "ADDRESS", "12 rue de la Paix\n75002 Paris"),
    Mask("⟨IBAN_1⟩", "IBAN", "DE89370400440532013000", on=False),
)


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("Dear ⟨PERSON_1⟩, or ⟨PERSON_1_b⟩.", "Dear Marie Dupont, or Dupont."),
        ("<PERSON_1>'s mail", "Marie Dupont's mail"),
        ("⟨PERSON_1's⟩ mail, ⟨PERSON_1’s⟩", "Marie Dupont's mail, Marie Dupont’s"),
        ("[PERSON_1] and [Person_12]", "Marie Dupont and Jean Martin"),
        ("PERSON_1, PERSON_12; PERSON_1_b", "Marie Dupont, Jean Martin; Dupont"),
        ("⟨Person_1_B⟩ «PERSON_1» ‹person 1›", "Dupont Marie Dupont Marie Dupont"),
        ("**PERSON\\_1** _PERSON_1_", "**Marie Dupont** _Marie Dupont_"),
        ("{{PERSON_1}} &lt;PERSON_1&gt; ⟨ PERSON-1 ⟩", "Marie Dupont Marie Dupont Marie Dupont"),
        ("Herrn PERSON_1s Brief, ⟨PERSON_1⟩s Brief", "Herrn Marie Duponts Brief, Marie Duponts Brief"),
        ("⟨PERSONNE_1⟩, ⟨Dirección_1⟩", "Marie Dupont, 12 rue de la Paix\n75002 Paris"),
        ("« PERSON_1 » et “PERSON_1”", "« Marie Dupont » et “Marie Dupont”"),
        ("[PERSON_1](mailto:⟨EMAIL_1⟩)", "[Marie Dupont](mailto:marie@example.org)"),
        ("⟨PERSON_1 schreibt", "Marie Dupont schreibt"),
        ("\\u27e8PERSON_1\\u27e9", "Marie Dupont"),
    ],
)
def test_a_placeholder_is_restored_also_where_a_model_bent_it(reply: str, text: str) -> None:
    assert restored(reply, MASKS) == text


@pytest.mark.parametrize(
    "reply",
    [
        "⟨PERSON_2⟩ PERSON_3 ⟨PERSON_1_c⟩",  # stand for nothing
        "⟨IBAN_1⟩",  # was let through
        "person_1 = Person_1; MY_PERSON_1, PERSON_1x, XPERSON_1, PERSON_123",
        "PERSON 1, person-1, ⟨⟩, ⟨PERSON_⟩, ⟨PERSON_1234567⟩ ⟨İD_1⟩",
    ],
)
def test_what_is_no_placeholder_stays(reply: str) -> None:
    assert restored(reply, MASKS) == reply


def test_what_was_restored_is_not_looked_at_again() -> None:
    masks = (Mask("⟨PERSON_2⟩", "PERSON", "⟨PERSON_3⟩"), Mask("⟨PERSON_3⟩", "PERSON", "Eve"))
    assert restored("⟨PERSON_2⟩", masks) == "⟨PERSON_3⟩"


def test_an_original_within_json_stays_json() -> None:
    masks = (Mask("⟨ADDRESS_1⟩", "ADDRESS", 'Villa "Ö"\n75002 Paris'),)
    text = restored('{"to": "⟨ADDRESS_1⟩"}', masks, in_json=True)
    assert json.loads(text) == {"to": 'Villa "Ö"\n75002 Paris'}


def test_a_reply_cut_anywhere_is_restored_as_if_it_were_whole() -> None:
    pieces = [mask.placeholder for mask in MASKS] + [
        "<PERSON_1>", "[Person_1]", "PERSON_1", "PERSON_1_b", "{{PERSON_12}}", "{", "<", "⟨", "P", "PERS",
        "&lt;", "&l", "\\u27", "\\u27e8PERSON_1\\u27e9", "_", "1", "b", " ", "'s", "s", "](", "«PERSON_1»",
        "»", "x", "ID_", "email ", "⟨PERSONNE 1⟩", "PERSON\\_1", "I", "⟨PERSON_1", "\n", "é", "[PERSON_1](",
    ]  # fmt: skip
    chance = random.Random(7)
    for _ in range(3000):
        reply = "".join(chance.choices(pieces, k=chance.randint(1, 9)))
        restorer, given, at = Restorer(MASKS), [], 0
        while at < len(reply):
            step = chance.randint(1, chance.choice((1, 3, 12)))
            given.append(restorer.push(reply[at : at + step]))
            at += step
        assert "".join(given) + restorer.finish() == restored(reply, MASKS), reply


def test_text_without_placeholders_is_given_out_at_once() -> None:
    restorer = Restorer(MASKS)
    assert restorer.push("The rent is due. Your email and ") == "The rent is due. Your email and "
    assert restorer.push("Name: ⟨PER") == "Name: "
    assert restorer.push("SON_1⟩, who") == ""  # a sign more might make it another
    assert restorer.push(" pays in advance, and of whom we know nothing else.").startswith(
        "Marie Dupont, who pays"
    )


def test_a_hostile_reply_takes_no_longer_than_its_length() -> None:
    for part in ("⟨", "⟨PERSON_", "PERSON_1", "[[[[", "\\u27e8", "&lt;P", "PERSON_1_" * 3, "«PERSON "):
        reply = part * (200_000 // len(part))
        begun = own_time()
        restored(reply, MASKS)
        assert own_time() - begun < 3, part
        restorer, begun = Restorer(MASKS), own_time()
        for sign in reply[:5_000]:
            restorer.push(sign)
        restorer.finish()
        assert own_time() - begun < 3, part
