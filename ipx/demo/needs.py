"""What the invented company seeks."""

from dataclasses import dataclass

from ipx.catalogue.need_rules import NeedDraft, Visibility


@dataclass(frozen=True)
class DemoNeed:
    """A need, posted by a licensing manager of an invented organisation."""

    key: str
    owner: str
    draft: NeedDraft


NEEDS = (
    DemoNeed(
        "binder",
        "company",
        NeedDraft(
            title="Anode binder without fluorine for silicon-rich cells",
            text="We build packs for two-wheelers and want to move from 5 to 20 per cent silicon in the anode. Our "
            "cells lose contact after some 500 cycles. We look for a binder that is processed in water, free of PFAS, "
            "runs on a comma-bar coater at 20 m/min, and keeps 80 per cent of the capacity for 800 cycles "
            "at 1C and 25 °C.\nTried so far: SBR with CMC, and polyacrylic acid, which is too brittle on our foil.",
            keywords=("lithium-ion battery", "silicon anode", "binder", "PFAS-free"),
            constraints="No NMP, no PFAS, and nothing that needs a new coater.",
            trl_min=4,
            trl_max=7,
            classes=("H01M 4/62",),
            territory=("DE", "FR", "IT"),
            budget_max=60_000_00,
            currency="EUR",
        ),
    ),
    DemoNeed(
        "glue",
        "company",
        NeedDraft(
            title="Glue for battery packs that lets go on command",
            text="Structural and heat-conducting at once (above 1.5 W/(m K)), bonds aluminium to painted steel, "
            "survives 15 years in a vehicle, and can be released in minutes at the end of life without heating cells "
            "above 60 °C. Induction, light or a solvent that is not flammable would all do.",
            keywords=("adhesive", "debonding", "recycling", "thermal interface"),
            visibility=Visibility.ANONYMOUS,
            trl_min=3,
            classes=("C09J",),
        ),
    ),
)
