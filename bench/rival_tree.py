"""Root and all proofs of random leaves with pymerkle; prints seconds for each. `python bench/rival_tree.py LEAVES`.

Run by bench.rival in an environment of its own; it imports nothing of ours.
"""

import json
import os
import sys
import time

from pymerkle import InmemoryTree  # type: ignore[import-not-found]


def main(leaves: int) -> None:
    entries = [os.urandom(32) for _ in range(leaves)]
    tree = InmemoryTree(algorithm="sha256")
    began = time.perf_counter()
    for entry in entries:
        tree.append_entry(entry)
    root = tree.get_root()
    rooted = time.perf_counter()
    for index in range(1, leaves + 1):
        tree.prove_inclusion(index)
    proven = time.perf_counter()
    assert len(root) == 32
    print(json.dumps({"root": rooted - began, "proofs": proven - rooted}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
