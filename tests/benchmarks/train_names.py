"""Trains the head of the name finder (assets/names.npz) on sentences with names put in, by a fixed seed.

    python -m tests.benchmarks.train_names [--labelled FILE]

needs the extra `improve` and Faker (MIT), which is only for this: pip install --target FOLDER Faker, and
FOLDER in PYTHONPATH. `--labelled`: running text in which persons are labelled (label_names.py).

Names, places and companies are Faker's of many countries, sentences those of name_sentences.toml. Neither
stands in tests/benchmarks/masking.py, which measures the result.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from faker import Faker

from desktop import compose, places
from rag.embedders.onnx import OnnxEmbedder
from rag.people.head import TAGS, best_tags
from rag.people.words import portions, rows, shapes, word_vectors, words

SEED = 20261124
HIDDEN = 64
HOME = {
    "de": ("de_DE", "de_AT", "de_CH"),
    "en": ("en_US", "en_GB", "en_IE"),
    "fr": ("fr_FR",),
    "es": ("es_ES", "es_MX"),
}
ABROAD = (
    "it_IT",
    "nl_NL",
    "pl_PL",
    "tr_TR",
    "sv_SE",
    "pt_PT",
    "hr_HR",
    "ro_RO",
    "cs_CZ",
    "en_IN",
    "id_ID",
    "hu_HU",
)
MONTHS = {
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember Montag "
    "Dienstag Mittwoch Donnerstag Freitag Samstag",
    "en": "January February March April May June July August September October November December Monday "
    "Tuesday Wednesday Thursday Friday Saturday",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre lundi "
    "mardi mercredi jeudi vendredi samedi",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre lunes "
    "martes miércoles jueves viernes sábado",
}
WARES = (
    "Drylo 12", "ThinkPad T14", "Galaxy S24", "Bosch Serie 6", "Kärcher K5", "Miele W1", "Canon EOS R6",
    "iPhone 15",
    "Espresso X2", "Volvo XC40", "Model Y", "Dyson V15", "PlayStation 5", "Nordlicht Pro", "AquaStop 300",
    "Terra Nova",
    "Windows 11", "Office 365", "Sonos One", "Peugeot 208", "Seat Ibiza", "Ford Fiesta", "Alfa Romeo Giulia",
    "Mercedes C 200", "Thermomix TM6", "Weber Spirit", "Philips Lumea", "Brother HL-L2350", "Samsung Frame",
)  # fmt: skip
STREETS = {
    "de": ("{l}straße {h}", "{l}weg {h}", "{l}gasse {h}", "Am {l}platz {h}", "{c}er Straße {h}",
           "{f}-{l}-Straße {h}",
           "Bahnhofstr. {h}", "Gartenstraße {h}", "Schulstr. {h}", "Lindenallee {h}", "Kirchweg {h}",
           "An der Mühle {h}",
           "Unter den Eichen {h}", "Ringstraße {h}", "Goetheplatz {h}", "Im Winkel {h}", "Alter Markt {h}"),
    "en": ("{h} {l} Street", "{h} {l} Road", "{h} {l} Avenue", "{h} {l} Lane", "{h} Church Lane",
           "{h} Station Road",
           "{h} Victoria Road", "{h} Mill Close", "{h} {l} Drive", "{h} Oak Ave, Apt {h}",
           "{h} Queens Crescent",
           "Flat {h}, {h} {l} Gardens", "{h} W {h}th St", "{h} Elm St, Suite {h}", "{h} {l} Blvd",
           "{h} The Green"),
    "fr": ("{h} rue {f} {l}", "{h}, rue de {c}", "{h} avenue {l}", "{h} boulevard {l}",
           "{h} place de la République",
           "{h} bis rue des Lilas", "{h}, chemin du Moulin", "{h} allée des Tilleuls", "{h} impasse {l}",
           "{h} quai {l}",
           "{h} rue de l'Église", "{h} cours {l}", "{h} route de {c}"),
    "es": ("Calle {l} {h}", "C/ {l}, {h}", "Avenida de {c}, {h}", "Avda. {l} {h}", "Plaza de {c} {h}",
           "Paseo de {l}, {h}",
           "Calle de {f} {l}, {h}, 2º B", "C/ San {f} n.º {h}", "Camino del {l} {h}", "Ronda de {c}, {h}",
           "Travesía {l}, {h}"),
}  # fmt: skip
TOWNS = {
    "de": ("{z5} {c}", "D-{z5} {c}", "{z4} {c}", "{z5} {c}-{l}"),
    "en": ("{c}, {zgb}", "{c} {zgb}", "{c}, {st} {z5}", "{c} {st} {z5}-{z4}", "{c}"),
    "fr": ("{z5} {c}", "{z5} {c} Cedex", "F-{z5} {c}", "{z5} {c}, France"),
    "es": ("{z5} {c}", "{z5} {c} ({c})", "{z5}, {c}", "{z5} {c}, España"),
}
PARTICLES = ("von", "van der", "de", "de la", "Mc", "O’", "di", "zu", "El", "Al")
COMPANY_WORDS = {
    "de": (("Nordlicht", "Alpha", "Bau", "Spedition", "Stadtwerke", "Klinik", "Kanzlei", "Autohaus",
            "Aqua", "Volksbank",
            "Praxis", "Möbelhaus", "Solaris", "Deutsche", "Verein", "Allgemeine"),
           ("GmbH", "AG", "KG", "e.V.", "Versicherung", "& Co. KG", "Energie GmbH", "Logistik",
            "& Partner", "")),
    "en": (("Northern", "Alpha", "Blue Ridge", "Summit", "Evergreen", "Riverside", "Royal", "United",
            "Oakwood", "Star",
            "First National", "Meridian", "Solaris", "Sunrise", "Harbour"),
           ("Ltd", "Inc", "LLC", "Utilities", "Health Trust", "Insurance", "Group", "Bank",
            "& Partners LLP", "Mutual", "Hospital")),
    "fr": (("Société", "Cabinet", "Transports", "Garage", "Clinique", "Mutuelle", "Banque", "Boulangerie",
            "Régie", "Agence",
            "Groupe", "Pharmacie", "Solaris", "Alpha"),
           ("SARL", "SA", "SAS", "et Fils", "Assurances", "Énergie", "& Associés", "")),
    "es": (("Transportes", "Clínica", "Mutua", "Banco", "Talleres", "Hermanos", "Aguas de", "Grupo",
            "Farmacia", "Gestoría",
            "Construcciones", "Seguros", "Solaris", "Alfa"),
           ("SL", "S.A.", "SA", "e Hijos", "Seguros", "Energía", "y Asociados", "")),
}  # fmt: skip
Part = tuple[str, str]  # a text and its kind, “” for neither
SLOT = re.compile(r"\{(\w+)\}")


class Names:
    """Names and addresses of one language, mostly."""

    def __init__(self, language: str, chance: random.Random) -> None:
        self._language, self._chance = language, chance
        measured = tomllib.loads((Path(__file__).parent / "masking_sentences.toml").read_text("utf-8"))
        self._measured = {name for each in measured.values() for name in (*each["first"], *each["last"])}
        self._home = [_seeded(place, chance) for place in HOME[language]]
        self._abroad = [_seeded(place, chance) for place in ABROAD]

    def filled(self, sentence: str) -> list[Part]:
        parts: list[Part] = []
        at = 0
        for match in SLOT.finditer(sentence):
            parts += [(sentence[at : match.start()], ""), self._slot(match[1])]
            at = match.end()
        return [*parts, (sentence[at:], "")]

    def _slot(self, name: str) -> Part:
        slots: dict[str, Callable[[], Part]] = {
            "p": lambda: (self._person(), "PERSON"),
            "f": lambda: (self._cased(self._first()), "PERSON"),
            "l": lambda: (self._cased(self._last()), "PERSON"),
            "a": lambda: (self._address(), "ADDRESS"),
            "s": lambda: (self._street(), "ADDRESS"),
            "o": lambda: (self._company(), ""),
            "c": lambda: (self._one().city(), ""),
            "w": lambda: (self._chance.choice(WARES), ""),
            "d": lambda: (self._date(), ""),
            "m": lambda: (self._money(), ""),
            "n": lambda: (
                self._one().bothify(self._chance.choice(("??-####", "########", "####/##", "R-2026-####"))),
                "",
            ),
            "e": lambda: (self._one().email(), ""),
            "t": lambda: (self._one().phone_number(), ""),
            "k": lambda: (self._chance.choice(MONTHS[self._language].split()), ""),
        }
        return slots[name]()

    def _one(self) -> Faker:
        return self._chance.choice(self._home)

    def _any(self) -> Faker:
        return self._chance.choice(self._home if self._chance.random() < 0.65 else self._abroad)

    def _first(self) -> str:
        name = self._new(lambda: self._any().first_name())
        return f"{name}-{self._any().first_name()}" if self._chance.random() < 0.05 else name

    def _last(self) -> str:
        name, luck = self._new(lambda: self._any().last_name()), self._chance.random()
        if self._language == "es" and luck < 0.4:
            return f"{name} {self._any().last_name()}"
        if luck < 0.05:
            return f"{name}-{self._any().last_name()}"
        if luck < 0.09:
            return f"{self._chance.choice(PARTICLES)} {name}"
        return name

    def _new(self, draw: Callable[[], str]) -> str:
        """None of those that masking.py measures with."""
        while (name := draw()) in self._measured:
            pass
        return name

    def _cased(self, name: str) -> str:
        luck = self._chance.random()
        return name.lower() if luck < 0.03 else name.upper() if luck < 0.06 else name

    def _person(self) -> str:
        first, last, luck = self._first(), self._last(), self._chance.random()
        if luck < 0.06:
            return f"{first[0]}. {last}"
        if luck < 0.10:
            return f"{last}, {first}"
        if luck < 0.14:
            return f"{last.upper()} {first}"
        if luck < 0.20:
            return f"{first} {self._first()} {last}"
        if luck < 0.24:
            return f"{first} {self._first()[0]}. {last}"
        return self._cased(f"{first} {last}")

    def _fill(self, form: str) -> str:
        chance = self._chance
        values = {
            "l": lambda: self._one().last_name(), "f": lambda: self._one().first_name(),
            "c": lambda: self._one().city(),
            "h": lambda: f"{chance.randint(1, 180)}{chance.choice(('', '', '', 'a', 'B'))}",
            "z5": lambda: f"{chance.randint(1000, 99999):05}", "z4": lambda: str(chance.randint(1000, 9999)),
            "zgb": lambda: _seeded("en_GB", chance).postcode() if chance.random() < 0.02 else _gb(chance),
            "st": lambda: chance.choice(("CA", "NY", "TX", "OH", "MA", "WA", "IL", "FL", "GA", "OR")),
        }  # fmt: skip
        return SLOT.sub(lambda match: values[match[1]](), form)

    def _street(self) -> str:
        return self._fill(self._chance.choice(STREETS[self._language]))

    def _address(self) -> str:
        parting = self._chance.choice((", ", ", ", ", ", "\n", " "))
        return self._street() + parting + self._fill(self._chance.choice(TOWNS[self._language]))

    def _company(self) -> str:
        """Half of Faker's are called for people; others are for what they do."""
        if self._chance.random() < 0.4:
            return self._one().company()
        words = COMPANY_WORDS[self._language]
        place = self._chance.choice((self._one().city(), self._one().last_name(), ""))
        return " ".join(filter(None, (self._chance.choice(words[0]), place, self._chance.choice(words[1]))))

    def _date(self) -> str:
        day, month, year = (
            self._chance.randint(1, 28),
            self._chance.randint(1, 12),
            self._chance.randint(1990, 2027),
        )
        word = MONTHS[self._language].split()[month - 1]
        return self._chance.choice(
            (
                f"{day}.{month}.{year}",
                f"{day:02}/{month:02}/{year}",
                f"{day} {word} {year}",
                f"{year}-{month:02}-{day:02}",
                f"{word} {year}",
                str(year),
            )
        )

    def _money(self) -> str:
        amount = self._chance.randint(5, 90000)
        return self._chance.choice(
            (f"{amount},50 €", f"EUR {amount}", f"{amount} Euro", f"${amount}.00", f"{amount} €")
        )


def _seeded(place: str, chance: random.Random) -> Faker:
    faker = Faker(place)
    faker.seed_instance(chance.randrange(1 << 30))
    return faker


def _gb(chance: random.Random) -> str:
    letters = "ABCDEFGHJKLMNPRSTUVWXY"
    area = "".join(chance.choices(letters, k=chance.choice((1, 2)))) + str(chance.randint(1, 30))
    return f"{area} {chance.randint(1, 9)}{''.join(chance.choices(letters, k=2))}"


def texts(count: int, chance: random.Random) -> list[list[Part]]:
    """Texts of one to five sentences each, of one language."""
    kept = tomllib.loads((Path(__file__).parent / "name_sentences.toml").read_text("utf-8"))
    names = {language: Names(language, chance) for language in kept}
    result = []
    for _ in range(count):
        language = chance.choice(list(kept))
        parts: list[Part] = []
        for sentence in chance.choices(kept[language]["sentences"], k=chance.choice((1, 1, 2, 3, 5))):
            parts += [*names[language].filled(sentence), (chance.choice((" ", "\n", "\n\n")), "")]
        result.append(parts[:-1])
    return result


def tagged(parts: list[Part], embedder: OnnxEmbedder) -> tuple[np.ndarray, np.ndarray]:
    """Rows for the head, and the tag of each."""
    text = "".join(part for part, _ in parts)
    bounds, at = [], 0
    for part, kind in parts:
        bounds.append((at, at + len(part), kind))
        at += len(part)
    all_rows, all_tags = [], []
    for start, end in portions(text):
        portion = text[start:end]
        spans = words(portion)
        found = embedder.token_vectors(portion)
        all_rows.append(rows(word_vectors(spans, *found), shapes(portion, spans)).astype(np.float16))
        all_tags += _tags([(start + first, start + last) for first, last in spans], bounds)
    return np.concatenate(all_rows), np.array(all_tags)


def _tags(spans: list[tuple[int, int]], bounds: list[tuple[int, int, str]]) -> list[int]:
    tags, place, before = [], 0, -1
    for start, _ in spans:
        while bounds[place][1] <= start:
            place += 1
        kind = bounds[place][2]
        tags.append(TAGS.index(f"{'I' if before == place else 'B'}-{kind}") if kind else 0)
        before = place
    return tags


def train(x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    import torch

    torch.manual_seed(SEED)
    torch.set_num_threads(2)
    features, tags = torch.from_numpy(x), torch.from_numpy(y)
    model = torch.nn.Sequential(
        torch.nn.Dropout(0.1), torch.nn.Linear(x.shape[1], HIDDEN), torch.nn.ReLU(), torch.nn.Dropout(0.1),
        torch.nn.Linear(HIDDEN, len(TAGS)),
    )  # fmt: skip
    steps = 12 * len(x) // 512
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for step in range(steps):
        chosen = torch.randint(0, len(x), (512,))
        loss = torch.nn.functional.cross_entropy(
            model(features[chosen].float()), tags[chosen], label_smoothing=0.02
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 500 == 0:
            print(step, steps, round(loss.item(), 4), flush=True)
    inner, outer = model[1], model[4]
    weights = inner.weight.detach().numpy().T
    scales = (np.abs(weights).max(axis=0) / 127).astype(np.float32)
    return {
        "inner": np.round(weights / scales).astype(np.int8),
        "inner_scales": scales,
        "inner_bias": inner.bias.detach().numpy(),
        "outer": outer.weight.detach().numpy().T.copy(),
        "outer_bias": outer.bias.detach().numpy(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=6000)
    parser.add_argument("--labelled", type=Path, help="what label_names.py wrote")
    parser.add_argument("--target", type=Path, default=places.assets() / "names.npz")
    arguments = parser.parse_args()
    chance = random.Random(SEED)
    embedder = OnnxEmbedder(compose.embedder_path())
    made = []
    material = texts(arguments.texts, chance)
    if arguments.labelled:
        lines = arguments.labelled.read_text("utf-8").splitlines()
        material += [[(part, kind) for part, kind in json.loads(line)] for line in lines]
        chance.shuffle(material)
    for number, parts in enumerate(material):
        made.append(tagged(parts, embedder))
        if number % 500 == 0:
            print("texts", number, flush=True)
    x, y = np.concatenate([each for each, _ in made]), np.concatenate([each for _, each in made])
    print(x.shape, np.bincount(y))
    held = len(x) // 10
    head = train(x[held:], y[held:])
    np.savez_compressed(arguments.target, embedder=np.array(embedder.identity), **head)
    from rag.people.head import Head

    told = best_tags(Head.read(arguments.target).scores(x[:held].astype(np.float32)))
    for index, tag in enumerate(TAGS):
        right = ((told == index) & (y[:held] == index)).sum()
        print(
            tag,
            "recall",
            right / max(1, (y[:held] == index).sum()),
            "precision",
            right / max(1, (told == index).sum()),
        )
    print(arguments.target, arguments.target.stat().st_size)


if __name__ == "__main__":
    main()
