"""Where the public records of the demonstration come from, in the words that their licences ask for."""

from ipx.catalogue.records import Source

NASA = Source(
    key="nasa",
    name="NASA patent portfolio",
    url="https://github.com/Khuthadzo1988/NASA-PATENT-PORTFOLIO",
    licence="Work of the United States government, public domain",
    statement="NASA’s patent portfolio as published on data.nasa.gov. NASA does not endorse this exchange.",
)
SBIR = Source(
    key="sbir",
    name="SBIR Phase II awards, 2006–2007",
    url="https://github.com/ereidelbach/SBIR",
    licence="Published by the United States government (sbir.gov), public domain",
    statement="Abstracts of awards of the Small Business Innovation Research programme as published on sbir.gov, "
    "written by the awardees.",
)
AIR_FORCE = Source(
    key="air-force",
    name="US Air Force SBIR topics, 2015",
    url="https://github.com/18F/afsbirez",
    licence="CC0 1.0; work of the United States government, public domain",
    statement="Topics of the solicitation DoD SBIR 2015.1, without their plans of phases.",
)
EU = Source(
    key="eu",
    name="EU funding calls, 2026",
    url="https://github.com/OscarSalgado/CordisData",
    licence="CC BY 4.0 (Commission Decision 2011/833/EU)",
    statement="© European Union, Funding & Tenders Portal. Shortened to the fields that are shown; paragraphs are set "
    "anew, the words are unchanged.",
)
