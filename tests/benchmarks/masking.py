"""How much of what should be masked is found: 500 sentences in four languages, with decoys.

    python -m tests.benchmarks.masking            the figures: sentences and names with odd numbers
    python -m tests.benchmarks.masking --tuning   the others, with what was missed and what was too much

Names, sentences and addresses were written for this; the head is trained on others, and train_names.py leaves
out each first and last name that stands here. Numbers are drawn until their check digits are right. An item
counts as found when each of its letters and digits is masked, whatever as.
"""

from __future__ import annotations

import argparse
import random
import re
import string
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop import compose, places
from engine.masking import check_digits
from engine.masking.cards import is_card
from engine.masking.finding import find
from engine.masking.values import Finding, MaskKind
from engine.tasks.normalising.ibans import LENGTHS, is_iban
from rag.embedders.onnx import OnnxEmbedder
from rag.people.finder import PeopleFinder
from rag.process.messages import FindPeople, PeopleFound

SEED = 1816
EACH = 125
SLOT = re.compile(r"\{(\w+)\}")
KINDS: tuple[MaskKind, ...] = ("PERSON", "ADDRESS", "EMAIL", "PHONE", "IBAN", "CARD", "ID")
ID_SLOTS = ("steuer", "ausweis", "rv", "nir", "dni", "nie", "ssn", "nino", "nhs", "pass", "kd")


@dataclass(frozen=True, slots=True)
class Sentence:
    language: str
    text: str
    planted: tuple[Finding, ...]


def sentences(seed: int, *, tuning: bool) -> list[Sentence]:
    chance = random.Random(seed)
    kept = tomllib.loads((Path(__file__).parent / "masking_sentences.toml").read_text("utf-8"))
    result = []
    for language, material in kept.items():
        forms = material["sentences"][0 if tuning else 1 :: 2]
        maker = _Maker(language, material, chance, tuning=tuning)
        result += [maker.sentence(forms[number % len(forms)]) for number in range(EACH)]
    return result


class _Maker:
    def __init__(
        self, language: str, material: dict[str, list[str]], chance: random.Random, *, tuning: bool
    ) -> None:
        half = slice(0, None, 2) if tuning else slice(1, None, 2)
        self._language, self._chance = language, chance
        self._lists = {
            name: values[half] if name in ("first", "last", "address") else values
            for name, values in material.items()
        }

    def sentence(self, form: str) -> Sentence:
        text, planted, at = "", [], 0
        for match in SLOT.finditer(form):
            text += form[at : match.start()]
            filled, kind = self._slot(match[1])
            if kind:
                planted.append(Finding(len(text), len(text) + len(filled), kind))
            text += filled
            at = match.end()
        return Sentence(self._language, text + form[at:], tuple(_whole_names(planted, text)))

    def _one(self, name: str) -> str:
        return self._chance.choice(self._lists[name])

    def _slot(self, slot: str) -> tuple[str, MaskKind | None]:
        makers: dict[str, tuple[Callable[[], str], MaskKind | None]] = {
            "p": (self._person, "PERSON"), "f": (lambda: self._one("first"), "PERSON"),
            "l": (lambda: self._one("last"), "PERSON"), "a": (lambda: self._one("address"), "ADDRESS"),
            "e": (self._email, "EMAIL"), "t": (self._phone, "PHONE"), "iban": (self._iban, "IBAN"),
            "card": (self._card, "CARD"), "o": (lambda: self._one("company"), None),
            "w": (lambda: self._one("product"), None), "s": (lambda: self._one("streetish"), None),
            "b": (lambda: self._one("term"), None), "n": (self._order, None), "d": (self._date, None),
            "m": (self._money, None),
        }  # fmt: skip
        if slot in ID_SLOTS:
            return self._id(slot), "ID"
        make, kind = makers[slot]
        return make(), kind

    def _person(self) -> str:
        first, last, luck = self._one("first"), self._one("last"), self._chance.random()
        if luck < 0.08:
            return f"{first[0]}. {last}"
        if luck < 0.16:
            return f"{first} {self._one('first')} {last}"
        if luck < 0.2 and self._language == "es":
            return f"{first} {last} {self._one('last')}"
        return f"{first} {last}"

    def _email(self) -> str:
        first, last = (re.sub(r"[^a-z]", "", self._one(name).lower()) or "info" for name in ("first", "last"))
        host = self._chance.choice(("posteo.de", "gmail.com", "orange.fr", "correo.es", "mail.example.co.uk"))
        name = self._chance.choice((f"{first}.{last}", f"{first[0]}{last}", f"{last}_{self._digits(2)}"))
        return f"{name}@{host}"

    def _phone(self) -> str:
        shapes = {
            "de": ("+49 30 ########", "040/3#####", "0171 ########", "+49 (0)89 3#####-##", "0221 / 47####"),
            "en": ("+44 20 7946 0###", "020 7946 0###", "07700 900###", "(415) 555-2###", "+1 212-555-0###"),
            "fr": ("01 42 68 ## ##", "06.12.##.##.##", "+33 6 34 ## ## ##", "0478######", "02-40-##-##-##"),
            "es": ("612 ### ###", "+34 655 ## ## ##", "91 523 ## ##", "934 ## ## ##", "644######"),
        }  # fmt: skip
        return self._filled(self._chance.choice(shapes[self._language]))

    def _iban(self) -> str:
        country = {"de": "DE", "en": "GB", "fr": "FR", "es": "ES"}[self._language]
        while True:
            bank = "NWBK" if country == "GB" else ""
            iban = country + self._digits(2) + bank + self._digits(LENGTHS[country] - 4 - len(bank))
            if is_iban(iban):
                return self._apart(iban, 4)

    def _card(self) -> str:
        while True:
            digits = self._chance.choice(("4", "51", "54", "2221")) + self._digits(15)
            if is_card(digits[:16]):
                return self._apart(digits[:16], 4)

    def _id(self, slot: str) -> str:
        shapes: dict[str, tuple[tuple[str, ...], Callable[[str], bool]]] = {
            "steuer": (("###########", "## ### ### ###"), check_digits.is_steuer_id),
            "ausweis": (("L########?", "T########?"), check_digits.is_ausweis),
            "rv": (("## 1#057# K 0##", "##1#057#M0##"), check_digits.is_sozialversicherung),
            "nir": (("1 8# 05 75 ### ### ##", "28#1259######" + "##"), check_digits.is_nir),
            "dni": (("########@", "########-@", "##.###.###-@"), check_digits.is_dni),
            "nie": (("X#######@", "Y-#######-@"), check_digits.is_dni),
            "ssn": (("###-##-####",), check_digits.is_ssn),
            "nino": (("AB ## ## ## C", "JK######A"), check_digits.is_nino),
            "nhs": (("### ### ####", "##########"), check_digits.is_nhs),
            "pass": (("C#F#X####", "#########", "AA#######"), lambda _: True),
            "kd": (("########", "K-######", "##-####-##"), lambda _: True),
        }  # fmt: skip
        forms, is_one = shapes[slot]
        form = self._chance.choice(forms)
        while True:
            number = self._filled(form)
            if is_one(re.sub(r"[^A-Z0-9]", "", number)):
                return number

    def _order(self) -> str:
        return self._filled(
            self._chance.choice(("2024-#####", "B#######", "########", "AB-####/##", "4711-####"))
        )

    def _date(self) -> str:
        return self._chance.choice(("12.05.2024", "3.11.2025", "2024-08-17", "17/08/2024", "05.09.23"))

    def _money(self) -> str:
        return self._chance.choice(("1.250,00 €", "EUR 980", "12 500 €", "$4,300.50", "300 Euro"))

    def _apart(self, number: str, size: int) -> str:
        parting = self._chance.choice(("", " ", " ", "-"))
        return parting.join(number[at : at + size] for at in range(0, len(number), size))

    def _filled(self, form: str) -> str:
        signs = {"#": string.digits, "@": string.ascii_uppercase, "?": string.digits}
        return "".join(self._chance.choice(signs[sign]) if sign in signs else sign for sign in form)

    def _digits(self, count: int) -> str:
        return "".join(self._chance.choices(string.digits, k=count))


def _whole_names(planted: Sequence[Finding], text: str) -> list[Finding]:
    """A first name and a last name beside it are one."""
    whole: list[Finding] = []
    for each in planted:
        if whole and each.kind == whole[-1].kind == "PERSON" and text[whole[-1].end : each.start] == " ":
            each = Finding(whole.pop().start, each.end, "PERSON")
        whole.append(each)
    return whole


@dataclass(slots=True)
class Tally:
    planted: int = 0
    found: int = 0
    told: int = 0
    right: int = 0

    def __str__(self) -> str:
        recall = f"{self.found / self.planted:.3f}" if self.planted else "    –"
        precision = f"{self.right / self.told:.3f}" if self.told else "    –"
        return f"{recall} of {self.planted:4}   {precision} of {self.told:4}"


def tally(kind: MaskKind, made: Sequence[Sentence], told: Sequence[Sequence[Finding]]) -> Tally:
    result = Tally()
    for sentence, findings in zip(made, told, strict=True):
        masked = {place for each in findings for place in range(each.start, each.end)}
        for each in sentence.planted:
            if each.kind == kind:
                result.planted += 1
                result.found += _masked(sentence.text, each, masked)
        own = {
            place for each in sentence.planted if each.kind == kind for place in range(each.start, each.end)
        }
        for each in findings:
            if each.kind == kind:
                result.told += 1
                result.right += (
                    len(own.intersection(range(each.start, each.end))) * 2 >= each.end - each.start
                )
    return result


def _masked(text: str, item: Finding, masked: set[int]) -> bool:
    return all(place in masked for place in range(item.start, item.end) if text[place].isalnum())


def errors(made: Sequence[Sentence], told: Sequence[Sequence[Finding]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for sentence, findings in zip(made, told, strict=True):
        masked = {place for each in findings for place in range(each.start, each.end)}
        owned = {place for each in sentence.planted for place in range(each.start, each.end)}
        for each in sentence.planted:
            if not _masked(sentence.text, each, masked):
                found[
                    f"missed {each.kind} {sentence.text[each.start : each.end]!r} in {sentence.text!r}"
                ] += 1
        for each in findings:
            if len(owned.intersection(range(each.start, each.end))) * 2 < each.end - each.start:
                found[
                    f"too much {each.kind} {sentence.text[each.start : each.end]!r} in {sentence.text!r}"
                ] += 1
    return found


class Names:
    """Implements `engine.masking.values.FindNames` without a process."""

    def __init__(self) -> None:
        embedder = OnnxEmbedder(compose.embedder_path())
        self._finder = PeopleFinder(lambda: embedder, places.name_weights())

    def __call__(self, texts: list[str]) -> list[list[Finding]]:
        *_, last = self._finder.find(FindPeople(tuple(texts)), lambda: False)
        assert isinstance(last, PeopleFound)
        return [[Finding(each.start, each.end, each.kind) for each in of_text] for of_text in last.found]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tuning", action="store_true")
    parser.add_argument("--errors", action="store_true")
    arguments = parser.parse_args()
    made = sentences(SEED + arguments.tuning, tuning=arguments.tuning)
    names = Names()
    texts = [sentence.text for sentence in made]
    told = find(texts, names)
    print(f"{'':16} recall             precision")
    for kind in KINDS:
        for language in ("de", "en", "fr", "es", ""):
            chosen = [n for n, sentence in enumerate(made) if language in ("", sentence.language)]
            result = tally(kind, [made[n] for n in chosen], [told[n] for n in chosen])
            print(f"{kind:8} {language or 'all':6} {result}")
    if arguments.tuning or arguments.errors:
        for error, count in errors(made, told).most_common():
            print(count, error)
    prompt = "\n".join(texts)[:6000]
    begun = time.perf_counter()
    find([prompt], names)
    print(f"a prompt of {len(prompt)} characters: {time.perf_counter() - begun:.2f} s")


if __name__ == "__main__":
    main()
