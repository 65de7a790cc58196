"""Reading and writing of the fixture folders: models, adapters, expected tensors, meta.json."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import peft
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import PreTrainedModel

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()

FIXTURES = Path(__file__).resolve().parents[2] / "packages" / "golden-suite" / "fixtures"


def versions() -> dict[str, str]:
    return {"transformers": transformers.__version__, "peft": peft.__version__, "torch": torch.__version__}


def empty_folder(path: Path) -> Path:
    """`path` as an empty folder: what an earlier run left there is removed."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def randomise(model: nn.Module, seed: int, weight_std: float = 0.2, bias_std: float = 0.1) -> None:
    """Give every parameter a value that matters: no zero biases, no unit layer norms, no zero padding rows."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            is_norm = "norm" in name.lower() or ".ln_" in name
            std = bias_std if name.endswith("bias") or is_norm else weight_std
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * std)
            if is_norm and name.endswith("weight"):
                parameter.add_(1.0)


def randomise_adapter(model: PeftModel, seed: int, std: float = 0.25) -> None:
    """Give every trainable parameter random values; both LoRA matrices end up far from zero."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * std)


def save_adapter(base: PreTrainedModel, config: LoraConfig, seed: int, folder: Path) -> None:
    """Write a PEFT folder with random weights for `base`. The base is not changed on disk, but wrapped in memory."""
    model = get_peft_model(base, config)
    randomise_adapter(model, seed)
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    tidy_adapter_config(folder)


def tidy_adapter_config(folder: Path) -> None:
    """Make adapter_config.json the same from run to run, and free of the path of the base on this machine."""
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text())
    config["base_model_name_or_path"] = None
    if isinstance(config["target_modules"], list):
        config["target_modules"].sort()
    write_json(path, config)


def load_adapter(
    model_class: type[PreTrainedModel], base: Path, adapter: Path, dtype: torch.dtype, **options: Any
) -> PeftModel:
    """The adapter on its base, trainable, without dropout (evaluation mode)."""
    model = model_class.from_pretrained(base, dtype=dtype, **options)
    return PeftModel.from_pretrained(model, adapter, is_trainable=True).to(dtype).eval()


def write_json(path: Path, value: Any) -> None:
    """Indented JSON with sorted keys, lists of plain values on one line."""
    text = json.dumps(value, indent=2, sort_keys=True)
    text = re.sub(r"\[\s+[^][{}]*?\s+\]", lambda match: " ".join(match[0].split()), text)
    path.write_text(text + "\n")


def write_expected(
    folder: Path, inputs: Mapping[str, Tensor], compute: Callable[[torch.dtype], dict[str, Tensor]], tolerance: float
) -> None:
    """Write `inputs` and the float32 results as expected.safetensors.

    The results are computed in float64 too, and refused where the two differ by more than `tolerance` (relative to
    the largest entry of the tensor): such a fixture would test an engine's rounding, not its sums.
    """
    results, exact = compute(torch.float32), compute(torch.float64)
    for name, value in results.items():
        error = relative_difference(value, exact[name])
        if error > tolerance:
            raise SystemExit(f"{name}: float32 is {error:.1e} away from float64, more than {tolerance:.0e}")
    tensors = {name: as_stored(value) for name, value in [*inputs.items(), *results.items()]}
    save_file(dict(sorted(tensors.items())), folder / "expected.safetensors")


def as_stored(value: Tensor) -> Tensor:
    return value.detach().to(torch.float32 if value.is_floating_point() else torch.int32).clone().contiguous()


def relative_difference(value: Tensor, reference: Tensor) -> float:
    """Largest difference over the largest magnitude of `reference`."""
    value, reference = value.detach().double(), reference.detach().double()
    if value.shape != reference.shape:
        raise SystemExit(f"shape {tuple(value.shape)} instead of {tuple(reference.shape)}")
    return ((value - reference).abs().max() / reference.abs().max().clamp_min(1e-30)).item()


def read_expected(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors (integers widened to int64) and meta.json of a fixture folder."""
    tensors = load_file(folder / "expected.safetensors")
    meta = json.loads((folder / "meta.json").read_text())
    return {name: value if value.is_floating_point() else value.long() for name, value in tensors.items()}, meta
