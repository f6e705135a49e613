from __future__ import annotations

import json
from typing import Any

import pytest

from engine.frontier.drafts import AS_JSON, KEEP_PLACEHOLDERS, Drafts
from engine.frontier.values import CloudQuestion, Provider, WireFormat
from engine.usage.values import Price
from engine.values import Message
from tests.fakes.wire import FORMATS, OnePrice, masking_of, no_masking

ANNA, BERT = "Anna Berg", "Bert Tal"
CLAUDE = Provider("anthropic", "Anthropic", "anthropic", "https://api.anthropic.com")
HERE = Provider("llama", "llama.cpp", "openai", "http://127.0.0.1:1/v1", needs_key=False, local=True)


def drafts(price: Price | None = Price(2.0, 10.0)) -> Drafts:  # noqa: B008
    return Drafts(masking_of(ANNA, BERT), OnePrice(price))


def asked(*texts: str, provider: Provider = CLAUDE, **more: Any) -> CloudQuestion:
    return CloudQuestion(provider, "m", tuple(Message("user", text) for text in texts), **more)


def test_what_was_found_is_masked_in_every_message() -> None:
    draft = drafts().draft(asked(f"{ANNA} met {BERT}.", f"Who is {ANNA}?"), [0, 2])
    assert [message.text for message in draft.sent[1:]] == [
        "⟨PERSON_1⟩ met ⟨PERSON_2⟩.",
        "Who is ⟨PERSON_1⟩?",
    ]
    assert draft.question.messages[0].text == f"{ANNA} met {BERT}."
    assert draft.passages == (0, 2)
    assert ANNA.encode() not in draft.request.body


def test_the_model_is_told_to_keep_placeholders_only_where_there_are_some() -> None:
    masked = drafts().draft(asked(f"Who is {ANNA}?"))
    assert masked.sent[0] == Message("system", KEEP_PLACEHOLDERS)
    assert drafts().draft(asked("Who is it?")).sent == (Message("user", "Who is it?"),)
    told = CloudQuestion(CLAUDE, "m", (Message("system", "Be brief."), Message("user", ANNA)))
    assert drafts().draft(told).sent[0] == Message("system", f"Be brief.\n\n{KEEP_PLACEHOLDERS}")


def test_a_mask_that_is_switched_off_lets_its_original_through() -> None:
    made = drafts()
    draft = made.draft(asked(f"{ANNA} met {BERT}."))
    off = made.switched(draft, "⟨PERSON_1⟩", False)
    assert off.sent[-1].text == f"{ANNA} met ⟨PERSON_2⟩."
    assert [mask.on for mask in off.masks] == [False, True]
    assert (off.id, off.question, off.passages) == (draft.id, draft.question, draft.passages)
    assert ANNA.encode() in off.request.body and BERT.encode() not in off.request.body
    again = made.switched(off, "⟨PERSON_1⟩", True)
    assert again == draft


def test_with_all_masks_off_nothing_is_said_of_placeholders() -> None:
    made = drafts()
    draft = made.draft(asked(f"Who is {ANNA}?"))
    off = made.switched(draft, "⟨PERSON_1⟩", False)
    assert off.sent == draft.question.messages


@pytest.mark.parametrize("form", FORMATS)
def test_the_messages_of_a_draft_are_those_of_its_request(form: WireFormat) -> None:
    provider = Provider("p", "P", form, "https://x.example")
    draft = drafts().draft(asked(f'{ANNA} said: "Grüße"\n', provider=provider))
    body = json.loads(draft.request.body)
    for message in draft.sent:
        assert message.text in texts(body)


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in texts(each)]
    return [value] if isinstance(value, str) else []


def schema(*labels: str) -> str:
    rules = {"type": "object", "properties": {"label": {"enum": list(labels)}}, "required": ["label"]}
    return json.dumps(rules | {"additionalProperties": False}, ensure_ascii=False)


def test_names_in_the_schema_are_masked_too_also_where_only_it_has_them() -> None:
    draft = drafts().draft(asked("Who wrote this?", schema=schema(ANNA, BERT)))
    assert ANNA.encode() not in draft.request.body and BERT.encode() not in draft.request.body
    body = json.loads(draft.request.body)
    held = body["output_config"]["format"]["schema"]["properties"]["label"]
    assert held == {"enum": ["⟨PERSON_1⟩", "⟨PERSON_2⟩"]}
    assert draft.sent[0].text == KEEP_PLACEHOLDERS


def test_a_name_with_quotation_marks_is_found_in_the_schema_where_they_are_escaped() -> None:
    name = 'Anna "the Fox" Berg'
    made = Drafts(masking_of(name), OnePrice())
    draft = made.draft(asked("Who?", schema=schema(name)))
    assert b"Fox" not in draft.request.body


def test_a_name_is_found_in_the_schema_however_json_writes_it() -> None:
    made = Drafts(masking_of("Zoë"), OnePrice())
    named = {"type": "object", "properties": {"Zoë": {"type": "string"}}, "required": ["Zoë"]}
    draft = made.draft(asked("About Zoë.", schema=json.dumps(named | {"additionalProperties": False})))
    held = json.loads(draft.request.body)["output_config"]["format"]["schema"]
    assert held["properties"] == {"⟨PERSON_1⟩": {"type": "string"}}
    assert held["required"] == ["⟨PERSON_1⟩"]


def test_a_schema_that_the_provider_cannot_hold_is_told_in_words_masked() -> None:
    loose = json.dumps({"type": "object", "properties": {"who": {"enum": [ANNA, BERT]}}})
    draft = drafts().draft(asked("Who?", schema=loose))
    told = AS_JSON.format(schema=loose.replace(ANNA, "⟨PERSON_1⟩").replace(BERT, "⟨PERSON_2⟩"))
    assert draft.sent[0].text == f"{KEEP_PLACEHOLDERS}\n\n{told}"
    assert "output_config" not in json.loads(draft.request.body)


def test_without_masking_nothing_is_looked_for() -> None:
    draft = drafts().draft(asked(ANNA), masked=False)
    assert (draft.masks, draft.sent[0].text) == ((), ANNA)


def test_every_draft_has_an_id_of_its_own_and_the_same_request() -> None:
    first, second = (drafts().draft(asked(ANNA)) for _ in range(2))
    assert first.id != second.id
    assert first.request == second.request


def test_the_estimate_is_of_what_is_sent() -> None:
    made = Drafts(no_masking(), OnePrice(Price(2.0, 10.0)))
    draft = made.draft(asked("word " * 100, max_tokens=1000))
    estimate = draft.estimate
    assert 100 < estimate.prompt_tokens < 200
    assert (estimate.completion_tokens, estimate.most) == (300, 2 * estimate.prompt_tokens + 10_000)
    assert estimate.amount == 2 * estimate.prompt_tokens + 3_000


def test_an_unknown_price_is_none() -> None:
    unknown = drafts(None).draft(asked("Hello")).estimate
    assert (unknown.amount, unknown.most) == (None, None)
