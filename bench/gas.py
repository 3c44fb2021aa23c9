"""What acts cost on a chain, beside what others pay; from the one run of forge whose figures are committed."""

import json
from pathlib import Path

GAS = Path(__file__).resolve().parents[1] / "contracts" / "snapshots" / "gas.json"
# Averages of Molecule's own published report (moleculeprotocol/IPNFT, .gas-report); its mint knows no terms.
MOLECULE_RESERVE, MOLECULE_MINT = 27_591, 127_784
Row = tuple[str, str, str]


def rows_of_gas() -> list[Row]:
    """Return the rows of the table: documents in batches, titles, and grants, each a whole transaction."""
    gas = {name: int(value) for name, value in json.loads(GAS.read_text("utf-8")).items()}
    return [*_of_documents(gas), *_of_titles(gas)]


def _of_documents(gas: dict[str, int]) -> list[Row]:
    many = gas["eas_multi_timestamp_10"] / 10
    rows = []
    for count in (1, 1_000, 10_000, 1_000_000):
        ours = gas["anchor_next"] / count
        figures = f"{ours:,.3f} gas; EAS timestamp {gas['eas_timestamp']:,}, multiTimestamp {many:,.0f}"
        rows.append((f"gas of a document, {count:,} in a batch", f"1/{many / ours:,.0f} of multiTimestamp", figures))
    return rows


def _of_titles(gas: dict[str, int]) -> list[Row]:
    molecule = MOLECULE_RESERVE + MOLECULE_MINT
    rows = []
    for holder in ("known", "new"):
        title, plain = gas[f"register_{holder}_holder"], gas[f"openzeppelin_mint_{holder}_holder"]
        figures = f"{title:,} gas; a plain OpenZeppelin mint {plain:,}, Molecule's reserve and mint {molecule:,}"
        rows.append((f"gas of a title, {holder} holder", f"{title / plain:.2f} × OpenZeppelin mint", figures))
    for what, name in (("a grant", "grant_new_holder"), ("the first grant under a title", "grant_first_under_title")):
        figures = f"{gas[name]:,} gas, two signatures verified; Molecule's mint {MOLECULE_MINT:,}, without terms"
        rows.append((f"gas of {what}, new holder", f"{gas[name] / MOLECULE_MINT:.2f} × Molecule's mint", figures))
    return rows
