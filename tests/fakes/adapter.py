"""Writes small LoRA adapters for a model file, with the `gguf` package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np


def write_adapter(
    path: Path,
    shapes: dict[str, tuple[int, int]],
    *,
    architecture: str = "llama",
    rank: int = 4,
    alpha: float = 8.0,
    strength: float = 0.5,
    seed: int = 1,
    **entries: Any,
) -> Path:
    """An adapter for the weights of `shapes` (inputs, outputs); B is random times `strength`.

    `entries`: adapter_type, general_type in place of “lora” and “adapter”; omit: tensors to leave out.
    """
    from gguf import GGUFWriter

    random = np.random.default_rng(seed)
    writer = GGUFWriter(path, architecture)
    writer.add_string("general.type", entries.get("general_type", "adapter"))
    writer.add_string("adapter.type", entries.get("adapter_type", "lora"))
    writer.add_float32("adapter.lora.alpha", alpha)
    for name, (inputs, outputs) in shapes.items():
        matrices = {
            f"{name}.lora_a": random.standard_normal((rank, inputs)).astype(np.float32),
            f"{name}.lora_b": strength * random.standard_normal((outputs, rank)).astype(np.float32),
        }
        for matrix, numbers in matrices.items():
            if matrix not in entries.get("omit", ()):
                writer.add_tensor(matrix, numbers.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
