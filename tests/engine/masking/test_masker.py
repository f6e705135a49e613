from __future__ import annotations

import random
import re

from engine.masking.masker import apply, mask
from engine.masking.restoring import restored
from engine.masking.values import Finding, Mask, MaskKind
from tests.own_time import own_time


def found(text: str, *originals: tuple[str, MaskKind]) -> list[Finding]:
    """Where these stand first."""
    return [
        Finding(text.index(original), text.index(original) + len(original), kind)
        for original, kind in originals
    ]


def masked(text: str, *originals: tuple[str, MaskKind]) -> str:
    """The text as it is sent; that it comes back as it was is asserted here, for all tests."""
    masks = mask([text], [found(text, *originals)])
    sent = apply(text, masks)
    assert restored(sent, masks) == text
    return sent


def test_the_same_thing_has_the_same_placeholder_in_all_messages() -> None:
    texts = ["Ask Ana Ruiz or Tom Berg.", "Tom Berg answered; Ana Ruiz did not."]
    masks = mask(texts, [found(texts[0], ("Ana Ruiz", "PERSON"), ("Tom Berg", "PERSON")), []])
    assert [apply(text, masks) for text in texts] == [
        "Ask ⟨PERSON_1⟩ or ⟨PERSON_2⟩.",
        "⟨PERSON_2⟩ answered; ⟨PERSON_1⟩ did not.",
    ]
    assert [(each.original, each.count) for each in masks] == [("Ana Ruiz", 2), ("Tom Berg", 2)]


def test_a_person_written_otherwise_has_a_letter_more() -> None:
    text = "Marie Dupont. Dupont, MARIE DUPONT and Marie\nDupont, Mme Dupont."
    assert masked(text, ("Marie Dupont", "PERSON")) == (
        "⟨PERSON_1⟩. ⟨PERSON_1_b⟩, ⟨PERSON_1_c⟩ and ⟨PERSON_1_d⟩, Mme ⟨PERSON_1_b⟩."
    )


def test_a_name_in_part_comes_first_as_well() -> None:
    text = "Dupont is here. Marie Dupont, M. Dupont."
    assert masked(text, ("Dupont", "PERSON"), ("Marie Dupont", "PERSON"), ("M. Dupont", "PERSON")) == (
        "⟨PERSON_1⟩ is here. ⟨PERSON_1_b⟩, ⟨PERSON_1_c⟩."
    )


def test_which_of_two_persons_of_one_name_is_meant_is_not_guessed() -> None:
    text = "Marie Dupont and Jean Dupont. Dupont came."
    assert masked(text, ("Marie Dupont", "PERSON"), ("Jean Dupont", "PERSON")) == (
        "⟨PERSON_1⟩ and ⟨PERSON_2⟩. ⟨PERSON_3⟩ came."
    )


def test_a_word_that_is_a_name_elsewhere_stays_in_small_letters() -> None:
    assert masked("Mark Long waited long. Long waited.", ("Mark Long", "PERSON")) == (
        "⟨PERSON_1⟩ waited long. ⟨PERSON_1_b⟩ waited."
    )


def test_nothing_is_masked_within_another_word() -> None:
    assert masked("Ann met Annabel in Dannheim, Ann's Ann2.", ("Ann", "PERSON")) == (
        "⟨PERSON_1⟩ met Annabel in Dannheim, ⟨PERSON_1⟩'s Ann2."
    )


def test_what_is_found_within_a_word_hides_the_word() -> None:
    text = "no x4111111111111111y"
    assert apply(text, mask([text], [[Finding(4, 20, "CARD")]])) == "no ⟨CARD_1⟩"


def test_the_longest_is_masked() -> None:
    text = "Write to anna@example.org; Anna, anna@example.org.uk"
    sent = masked(text, ("anna@example.org.uk", "EMAIL"), ("anna@example.org", "EMAIL"), ("Anna", "PERSON"))
    assert sent == "Write to ⟨EMAIL_1⟩; ⟨PERSON_1⟩, ⟨EMAIL_2⟩"


def test_a_number_is_the_same_with_and_without_spaces_and_prefix() -> None:
    text = "030 1234567, +49 30 1234567; DE89 3704 0044 0532 0130 00 = de89370400440532013000"
    sent = masked(
        text,
        ("030 1234567", "PHONE"),
        ("+49 30 1234567", "PHONE"),
        ("DE89 3704 0044 0532 0130 00", "IBAN"),
        ("de89370400440532013000", "IBAN"),
    )
    assert sent == "⟨PHONE_1⟩, ⟨PHONE_1_b⟩; ⟨IBAN_1⟩ = ⟨IBAN_1_b⟩"


def test_the_street_of_an_address_is_masked_alone_too() -> None:
    text = "12 rue de la Paix, 75002 Paris. I live at 12 rue de la Paix in Paris."
    assert masked(text, ("12 rue de la Paix, 75002 Paris", "ADDRESS")) == (
        "⟨ADDRESS_1⟩. I live at ⟨ADDRESS_1_b⟩ in Paris."
    )


def test_a_text_that_holds_placeholders_keeps_them() -> None:
    for held in ("⟨PERSON_1⟩", "<Person_1>", "PERSON_1", "[PERSON_01]", "⟨PERSON_1_c⟩"):
        assert masked(f"{held} is Ana Ruiz", ("Ana Ruiz", "PERSON")) == f"{held} is ⟨PERSON_2⟩"


def test_one_that_is_off_lets_its_words_through_and_nothing_else() -> None:
    text = "Marie Dupont, Dupont, marie@example.org"
    masks = mask([text], [found(text, ("Marie Dupont", "PERSON"), ("marie@example.org", "EMAIL"))])
    off = tuple(
        Mask(each.placeholder, each.kind, each.original, each.count, each.original != "Marie Dupont")
        for each in masks
    )
    assert apply(text, off) == "Marie Dupont, ⟨PERSON_1_b⟩, ⟨EMAIL_1⟩"
    assert restored(apply(text, off), off) == text


def test_one_that_is_off_does_not_let_out_what_it_only_overlaps() -> None:
    text = "Call +49 30 901820 4111 1111 1111 1111 now"
    phone = Mask("⟨PHONE_1⟩", "PHONE", "+49 30 901820 4111", on=False)
    card = Mask("⟨CARD_1⟩", "CARD", "4111 1111 1111 1111")
    assert apply(text, (phone, card)) == "Call +49 30 901820 ⟨CARD_1⟩ now"


def test_writing_without_spaces_is_masked_as_well() -> None:
    text = "请联系王小明或zhang@example.com谢谢"
    assert masked(text, ("王小明", "PERSON"), ("zhang@example.com", "EMAIL")) == (
        "请联系⟨PERSON_1⟩或⟨EMAIL_1⟩谢谢"
    )


def test_a_letter_with_its_accent_apart_is_one_letter() -> None:
    assert masked("Jose met Jose\u0301", ("Jose", "PERSON")) == "⟨PERSON_1⟩ met Jose\u0301"


def test_more_than_26_ways_of_writing_have_different_placeholders() -> None:
    text = " | ".join("Ana" + " " * spaces + "Ruiz" for spaces in range(1, 60))
    masks = mask([text], [found(text, ("Ana Ruiz", "PERSON"))])
    assert len({each.placeholder for each in masks}) == 59
    assert restored(apply(text, masks), masks) == text


def test_whatever_is_found_is_not_sent_and_comes_back() -> None:
    chance = random.Random(11)
    words = [
        "Ana",
        "Ruiz",
        "ana",
        "RUIZ",
        "Dr.",
        "⟨PERSON_1⟩",
        "PERSON_2",
        "a@b.org",
        "12",
        "x",
        "é",
        "\n",
        "_",
        "王",
        "'s",
    ]
    kinds: list[MaskKind] = ["PERSON", "EMAIL", "PHONE", "ADDRESS", "IBAN", "CARD", "ID"]
    for _ in range(2000):
        texts = [
            "".join(chance.choice(words) + chance.choice(["", " ", " "]) for _ in range(12)) for _ in range(2)
        ]
        findings = []
        for text in texts:
            start = chance.randrange(len(text))
            findings.append(
                [Finding(start, min(len(text), start + chance.randint(1, 9)), chance.choice(kinds))]
            )
        masks = mask(texts, findings)
        for text, (finding,) in zip(texts, findings, strict=True):
            sent = apply(text, masks)
            assert restored(sent, masks) == text
            original = text[finding.start : finding.end].strip()
            whole = re.search(rf"(?<![^\W_]){re.escape(original)}(?![^\W_])", text)
            if original and whole and original.isalpha() and original.isascii():
                assert not re.search(
                    rf"(?<![^\W_]){re.escape(original)}(?![^\W_])", re.sub("⟨.*?⟩", " ", sent)
                )


def test_many_names_in_a_long_text_take_no_longer_than_both() -> None:
    names = [
        f"Anna{'abcdefghij'[n % 10]} Xi{'abcdefghij'[n // 10 % 10]}{'abcdefghij'[n // 100]}"
        for n in range(1000)
    ]
    names += [
        f"Anna Xi{'abcdefghij'[n % 10]}{'abcdefghij'[n // 10 % 10]}{'abcdefghij'[n // 100]}"
        for n in range(1000)
    ]
    text = "; ".join(names)
    findings, at = [], 0
    for name in names:
        findings.append(Finding(at, at + len(name), "PERSON"))
        at += len(name) + 2
    begun = own_time()
    masks = mask([text, "Anna Anna Anna " * 10_000], [findings, []])
    apply("Anna Anna Anna " * 10_000, masks)
    assert own_time() - begun < 6
