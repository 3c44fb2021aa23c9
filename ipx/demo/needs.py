"""What the invented company seeks."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class DemoNeed:
    """A need, posted by a licensing manager of an invented organisation."""

    key: str
    owner: str
    title: str
    text: str
    keywords: Sequence[str]


NEEDS = (
    DemoNeed(
        "binder",
        "company",
        "Anode binder without fluorine for silicon-rich cells",
        "We build packs for two-wheelers and want to move from 5 to 20 per cent silicon in the anode. Our cells lose "
        "contact after some 500 cycles. We look for a binder that is processed in water, free of PFAS, runs on a "
        "comma-bar coater at 20 m/min, and keeps 80 per cent of the capacity for 800 cycles at 1C and 25 °C.\n"
        "Tried so far: SBR with CMC, and polyacrylic acid, which is too brittle on our foil.",
        ("lithium-ion battery", "silicon anode", "binder", "PFAS-free"),
    ),
    DemoNeed(
        "glue",
        "company",
        "Glue for battery packs that lets go on command",
        "Structural and heat-conducting at once (above 1.5 W/(m K)), bonds aluminium to painted steel, survives 15 "
        "years in a vehicle, and can be released in minutes at the end of life without heating cells above 60 °C. "
        "Induction, light or a solvent that is not flammable would all do.",
        ("adhesive", "debonding", "recycling", "thermal interface"),
    ),
)
