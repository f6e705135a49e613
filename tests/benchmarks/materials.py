"""What the benchmarks of the model process read: made from a seed, no two alike, the same for every way.

Each batch names its number first, so that nobody profits from having read another batch's instructions.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from engine.values import Message


@dataclass(frozen=True, slots=True)
class Ticket:
    """What somebody wrote to a shop, and where it belongs."""

    text: str
    label: str


LABELS = ("billing", "delivery", "technical problem", "account access", "returns", "feedback")

_TICKETS = {
    "billing": (
        "I was charged {amount} twice for order {order}.",
        "The invoice for {month} says {amount}, but we agreed on a lower price.",
        "Could you send the invoice for order {order} to our accountant in {city}?",
        "My card was refused {day}, although there is enough money on it.",
        "Why is there a fee of {amount} on my statement?",
    ),
    "delivery": (
        "The {product} should have come {day}, and the tracking still says {city}.",
        "Parcel {order} was left in the rain in front of our gate.",
        "Can the driver ring at the back door? The {product} is heavy.",
        "How long does shipping a {product} to {city} take at the moment?",
        "The courier wrote that nobody was home {day}, but I was.",
    ),
    "technical problem": (
        "The {product} does not switch on any more since the update.",
        "Error {code} appears as soon as I press start on the {product}.",
        "The app loses the connection to my {product} every few minutes.",
        "After {month} the {product} has become so slow that it cannot be used.",
        "Which cable does the {product} need? The one in the box does not fit.",
    ),
    "account access": (
        "I cannot log in any more; the code you send never arrives.",
        "Please change my e-mail address, I have moved to another provider.",
        "Delete my profile and everything you keep about me, please.",
        "My sister {name} should be able to order in our name too.",
        "It says that my password has expired, and the reset page stays blank.",
    ),
    "returns": (
        "The {product} is too small, I want to send it back.",
        "Where do I find the label for sending back order {order}?",
        "We ordered two and need one {product}; can the other go back?",
        "I returned the {product} {day} and have heard nothing about it.",
        "How many days do I have to give back a {product} that was opened?",
    ),
    "feedback": (
        "Just to say that {name} on your phone line was wonderful.",
        "Your shop window in {city} is beautiful this {month}!",
        "I wish the {product} came in green as well.",
        "The new packaging without plastic is a great idea, keep it up.",
        "Best {product} we have had in years. Thank you!",
    ),
}
_BEFORE = ("", "", "", "Hello. ", "Hi there. ", "Good morning. ", "Second message already: ", "Dear team: ")
_AFTER = ("", "", "", " Regards, {name}", " Please answer soon.", " Thanks!", " I need it by Friday.")
_WORDS = {
    "product": ("kettle", "garden hose", "desk lamp", "printer", "bicycle pump", "coffee mill", "router"),
    "city": ("Ghent", "Porto", "Leeds", "Graz", "Tampere", "Nantes", "Brno"),
    "month": ("January", "March", "May", "August", "October", "December"),
    "day": ("on Monday", "yesterday", "last Friday", "on the 3rd", "this week", "two weeks ago"),
    "name": ("Nadia Rahman", "Tom Okafor", "Ines Duarte", "Piet Vos", "Hanna Lind", "Omar Haddad"),
}

_DESK = (
    "You sort the messages that customers write to a shop for household goods. Every message belongs to"
    " exactly one of these topics.\n"
    "billing: prices, invoices, payments, cards, fees, anything about money that was charged.\n"
    "delivery: where a parcel is, when it comes, how it was handed over, what shipping costs.\n"
    "technical problem: a product fails, shows an error, does not connect, or nobody knows how to use it.\n"
    "account access: logging in, passwords, addresses, who may order, deleting what is stored.\n"
    "returns: somebody wants to give something back, exchange it, or asks what became of a return.\n"
    "feedback: praise, wishes and opinions that need no action.\n"
    "A message that names a product is not a technical problem for that alone; ask what has to be done. "
    "When a message touches two topics, the one that somebody has to act on first decides.\n"
    "Examples.\n"
    "“The lamp flickers when the heating is on.” → technical problem\n"
    "“You took 12.90 from my card and I never ordered.” → billing\n"
    "“The parcel shop says they have nothing for me.” → delivery\n"
    "“Wrong colour, may I swap it?” → returns\n"
    "“Lovely people at your counter!” → feedback\n"
    "“My daughter shall no longer be able to order.” → account access\n"
    "Reply with the topic alone, in lower case, without a full stop."
)

SCHEMA = """{
  "type": "object",
  "properties": {
    "customer": {"type": "string", "maxLength": 40},
    "company": {"type": "string", "maxLength": 40},
    "product": {"type": "string", "maxLength": 60},
    "quantity": {"type": "integer", "minimum": 1, "maximum": 9999},
    "priority": {"enum": ["low", "normal", "high"]}
  },
  "required": ["customer", "company", "product", "quantity", "priority"],
  "additionalProperties": false
}"""
_CLERK = (
    "You enter orders that arrive as free text. Reply with one JSON object with the fields customer (the"
    " person who writes), company, product (as they call it), quantity (a number) and priority. Priority is"
    " high when they say that it is urgent, low when they say that there is no hurry, and normal in all other"
    " cases. Copy names exactly as they are written. Never invent what is not there; when a quantity is"
    " written as a word, give it as a number.\n"
    "Example: “Six drums of linseed oil for the Utrecht workshop please, whenever it suits you. Anna de Wit,"
    " Wit & Sons”\n"
    '{"customer": "Anna de Wit", "company": "Wit & Sons", "product": "drums of linseed oil", "quantity": 6,'
    ' "priority": "low"}'
)
_ORDERS = (
    "This is {name} of {company}. We need {count} {goods} in {city}. {hurry}",
    "{count} {goods} to our site in {city}, please. {hurry} {name}, {company}",
    "Hello, {company} here, {name} speaking: could you put us down for {count} {goods}? {hurry}",
    "Following our call: {count} {goods}, address as always in {city}. {hurry} Yours, {name} ({company})",
)
_GOODS = (
    "stainless hinges",
    "bags of lime plaster",
    "oak shelves",
    "rolls of cable",
    "fire doors",
    "brass taps",
)
_COMPANIES = (
    "Kestrel Foods",
    "Moreau Bâtiment",
    "Lindqvist AB",
    "Harbour & Hay",
    "Tessler Optik",
    "Ruiz Hermanos",
)
_HURRY = (
    "It is urgent.",
    "No hurry at all.",
    "",
    "Next week is fine.",
    "We are waiting for it, please be quick.",
)

_SENTENCES = (
    "The {goods} for {city} were counted by {name}, who found {count} more than the ledger says.",
    "In {month} the council of {city} decided that the quay is closed to lorries over {count} hundredweight.",
    "{company} has rented the second warehouse since {month} and pays {amount} for each quarter.",
    "{name} keeps the keys; the spare ones lie with {company} and may be fetched {day}.",
    "Every {product} that leaves the harbour is entered under number {order} and signed by {name}.",
    "When the ferry from {city} is late, {name} calls the foreman, and {count} {goods} wait on the ramp.",
    "The tariff of {month} sets {amount} for a berth and half of it for boats that leave the same day.",
)


def tickets(seed: int, count: int) -> list[Ticket]:
    draw = random.Random(f"tickets {seed}")
    return [_ticket(draw, LABELS[index % len(LABELS)]) for index in range(count)]


def _ticket(draw: random.Random, label: str) -> Ticket:
    pattern = draw.choice(_BEFORE) + draw.choice(_TICKETS[label]) + draw.choice(_AFTER)
    return Ticket(_filled(draw, pattern), label)


def orders(seed: int, count: int) -> list[str]:
    draw = random.Random(f"orders {seed}")
    return [_filled(draw, draw.choice(_ORDERS)).strip() for _ in range(count)]


def report(seed: int, sentences: int) -> str:
    """A text of about 25 tokens a sentence."""
    draw = random.Random(f"report {seed}")
    return " ".join(_filled(draw, draw.choice(_SENTENCES)) for _ in range(sentences))


def _filled(draw: random.Random, pattern: str) -> str:
    return pattern.format(
        **{name: draw.choice(words) for name, words in _WORDS.items()},
        amount=f"{draw.randint(3, 900)}.{draw.randint(0, 99):02}",
        order=draw.randint(10_000, 99_999),
        code=f"E{draw.randint(1, 99):02}",
        count=draw.randint(2, 480),
        goods=draw.choice(_GOODS),
        company=draw.choice(_COMPANIES),
        hurry=draw.choice(_HURRY),
    )


def sorting(batch: int, ticket: Ticket) -> tuple[Message, ...]:
    return (Message("system", f"Batch {batch}. {_DESK}"), Message("user", ticket.text))


def entering(batch: int, order: str) -> tuple[Message, ...]:
    return (Message("system", f"Batch {batch}. {_CLERK}"), Message("user", order))


def opening(seed: int, sentences: int) -> tuple[Message, ...]:
    """The first turn of a conversation about a report."""
    text = f"Report {seed}.\n{report(seed, sentences)}\n\nWhat is this report about? One sentence."
    return (
        Message("system", "You answer from the report that you are given, briefly."),
        Message("user", text),
    )


QUESTIONS = (
    "Who is named in it?",
    "Which town is mentioned most?",
    "What does a berth cost?",
    "Who keeps the keys?",
    "Which month comes first?",
)
