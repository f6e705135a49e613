"""One loaded model at work: requests in, replies out; any number of them at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from engine.errors import PromptTooLong
from engine.models.gguf import GgufHeader
from engine.process.adapters import LoadedAdapters
from engine.process.constraint import Constraint, Constraints
from engine.process.context import LlamaContext
from engine.process.jobs import Reading
from engine.process.labels import LabelTree
from engine.process.llama import LoadedModel
from engine.process.messages import Generate, Prefill, ScoreLabels
from engine.process.prefixes import common_length
from engine.process.prompt_tokens import prompt_tokens
from engine.process.scheduler import Conversations, Scheduler, Threads
from engine.process.scoring import Scoring
from engine.process.step_sizes import step_sizes
from engine.process.templates import ChatTemplate
from engine.process.writing import Writing
from engine.values import GenerationEvent, LabelsScored, Message, PromptProgress

# Of a longer text its end is weighed: a batch has room for so many tokens' logits.
WEIGHED_TOKENS = 48
NOTHING_LIKE_IT = "\x01"

Cancelled = Callable[[], bool]


class Session:
    """Owns the model, its context and the scheduler. Everything but `close` may be called on any thread."""

    def __init__(
        self,
        header: GgufHeader,
        model: LoadedModel,
        context: LlamaContext,
        *,
        context_tokens: int,
        threads: Threads,
        conversations: Callable[[LlamaContext], Conversations | None],
        queue_limit: int,
    ) -> None:
        """`context_tokens`: the most that one request may fill.

        Raises:
            NoChatTemplate, ModelUnsupported: the model cannot hold a conversation.
        """
        self._model = model
        self._constraints = Constraints(model)
        self._preparing = threading.Lock()
        self._context = context
        self.context_tokens = context_tokens
        self._template = ChatTemplate(
            header.path, header.chat_template, bos=model.text_of(model.bos), eos=model.text_of(model.eos)
        )
        self._adapters = LoadedAdapters(model, context.handle)
        self._scheduler = Scheduler(
            context,
            threads,
            step_sizes(header.size_bytes, context.chunk_tokens),
            adapters=self._adapters,
            conversations=conversations(context),
            queue_limit=queue_limit,
        )

    def _constraint(self, schema: str) -> Constraint | None:
        with self._preparing:  # a second or two for the first schema: the vocabulary is prepared then
            return self._constraints.constraint(schema) if schema else None

    def generate(self, request: Generate, cancelled: Cancelled) -> Iterator[GenerationEvent]:
        """
        Raises:
            PromptTooLong: the messages leave too little of the context for an answer.
            SchemaUnsupported: the reply cannot be held to the schema.
            ModelBusy: too many requests wait.
        """
        prompt = self._prompt(request.messages, reply=True)
        job = Writing(
            self._fitting(prompt, request.sampling.max_tokens),
            self._model,
            request.sampling,
            context_tokens=self.context_tokens,
            constraint=self._constraint(request.schema),
            weighed=self._weighed(request.messages, request.sampling.weighed, prompt),
            priority=request.priority,
            cancelled=cancelled,
            adapter=request.adapter,
            conversation=request.conversation,
            timeout_s=request.timeout_s,
        )
        self._scheduler.submit(job)
        yield from job.replies()

    def prefill(self, request: Prefill, cancelled: Cancelled) -> Iterator[PromptProgress]:
        """Read the messages now, so that a later prompt that begins with them is answered sooner.

        Raises:
            PromptTooLong: they do not fit.
            ModelBusy: too many requests wait.
        """
        job = Reading(
            self._fitting(self._prompt(request.messages, reply=False), 1),
            priority="prepare",
            cancelled=cancelled,
            adapter=request.adapter,
            conversation=request.conversation,
        )
        self._scheduler.submit(job)
        yield from job.replies()

    def score(self, request: ScoreLabels, cancelled: Cancelled) -> Iterator[PromptProgress | LabelsScored]:
        """
        Raises:
            PromptTooLong: the messages do not fit.
            LabelsUnfit: the model cannot choose among these.
            ModelBusy: too many requests wait.
        """
        tokens = [self._model.tokenize(label, control=False) for label in request.labels]
        job = Scoring(
            self._fitting(self._prompt(request.messages, reply=True), 1),
            request.labels,
            LabelTree(tokens, self._model.endings),
            priority=request.priority,
            cancelled=cancelled,
            adapter=request.adapter,
        )
        self._scheduler.submit(job)
        yield from job.replies()

    def forget(self, conversation: str) -> None:
        """See `Scheduler.forget`."""
        self._scheduler.forget(conversation)

    def step(self) -> int | None:
        """See `Scheduler.step`."""
        return self._scheduler.step()

    def _prompt(self, messages: Sequence[Message], *, reply: bool) -> list[int]:
        return prompt_tokens(self._model, self._template.segments(messages, reply=reply))

    def _weighed(self, messages: Sequence[Message], weighed: str, prompt: list[int]) -> range:
        """Where in the prompt the tokens of `weighed` stand, which the last message ends with."""
        if not weighed or not messages[-1].text.endswith(weighed):
            return range(0)
        other = replace(messages[-1], text=messages[-1].text.removesuffix(weighed) + NOTHING_LIKE_IT)
        tokens = self._prompt([*messages[:-1], other], reply=True)
        start, after = common_length(prompt, tokens), common_length(prompt[::-1], tokens[::-1])
        end = len(prompt) - after
        return range(max(start, end - WEIGHED_TOKENS, 1), end)

    def _fitting(self, prompt: list[int], answer_tokens: int) -> list[int]:
        """The prompt, if a quarter of the context (or what the answer may take) remains for the answer."""
        room = self.context_tokens - min(answer_tokens, self.context_tokens // 4)
        if len(prompt) > room:
            raise PromptTooLong(len(prompt), room)
        return prompt

    def close(self) -> None:
        """End what runs as cancelled, and give the memory back."""
        self._scheduler.close()
        self._adapters.close()
        self._context.close()
        self._model.close()
