"""Makes the public records of the demonstration (ipx/demo/data) from a folder with the data sets.

    python -m tools.make_demo_data FOLDER

It only chooses and trims: no value is changed that the page shows as the source's. The same input gives the same bytes.
"""

import gzip
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Record = dict[str, Any]
TARGET = Path(__file__).resolve().parent.parent / "ipx" / "demo" / "data"
AWARDS = 2_000


def main(folder: Path) -> None:
    made: dict[str, Iterable[Record]] = {
        "nasa": nasa(read(folder / "nasa-patents" / "patents.jsonl.gz")),
        "sbir": sbir(read(folder / "sbir-archive" / "listings.jsonl.gz")),
        "air-force": air_force(read(folder / "af-topics" / "needs.jsonl.gz")),
        "eu": eu(read(folder / "eu-calls" / "needs.jsonl.gz")),
    }
    for name, records in made.items():
        count = write(TARGET / f"{name}.jsonl.gz", records)
        print(f"{name:10} {count:5} records")


def nasa(rows: list[Record]) -> Iterator[Record]:
    """All; the application's number only where the patent was issued, as others may not be published."""
    for row in sorted(rows, key=by_id):
        is_issued = row["status"] == "Issued"
        yield {
            **pick(row, "id", "title", "center", "status", "case_number", "expires"),
            "application_number": row["application_number"] if is_issued else None,
        }


def sbir(rows: list[Record]) -> Iterator[Record]:
    """The newest, and among those of one year the first by their id."""
    newest = sorted(rows, key=lambda row: (-int(row["year"]), row["id"]))[:AWARDS]
    for row in newest:
        yield pick(row, "id", "title", "text", "organisation", "department", "branch", "program", "phase", "year")


def air_force(rows: list[Record]) -> Iterator[Record]:
    """All, without the plan of phases."""
    for row in sorted(rows, key=by_id):
        wanted = pick(row, "id", "topic_number", "title", "objective", "text", "agency", "program", "solicitation")
        areas = [area for area in row["technology_areas"] if area not in row["keywords"]]
        yield {**wanted, **pick(row, "opens", "closes", "url"), "keywords": [*row["keywords"], *areas]}


def eu(rows: list[Record]) -> Iterator[Record]:
    """All; a keyword that only repeats the call's number is left out, and so is the status, which grows old."""
    for row in sorted(rows, key=by_id):
        codes = {row["call"], row["id"].removeprefix("eu-")}
        yield {
            **pick(row, "id", "title", "text", "programme", "deadline", "budget_min", "budget_max", "url"),
            "number": row["id"].removeprefix("eu-"),
            "keywords": [word for word in dict.fromkeys(row["keywords"]) if word not in codes],
        }


def by_id(row: Record) -> str:
    return str(row["id"])


def pick(row: Record, *names: str) -> Record:
    return {name: row[name] for name in names}


def read(path: Path) -> list[Record]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def write(path: Path, records: Iterable[Record]) -> int:
    """Write JSON Lines, compressed, without a time stamp inside."""
    lines = [json.dumps(record, ensure_ascii=False, separators=(",", ":")) for record in records]
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode(), compresslevel=9, mtime=0))
    return len(lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
