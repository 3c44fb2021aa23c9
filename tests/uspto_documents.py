"""Documents of the USPTO as tests write them, with the elements that the DTDs name."""

from __future__ import annotations

from xml.sax.saxutils import escape

GRANT_VERSIONS = {
    "v4.0": "v40-2004-12-02",
    "v4.1": "v41-2005-08-25",
    "v4.2": "v42-2006-08-23",
    "v4.3": "v43-2012-12-04",
    "v4.4": "v44-2013-05-16",
    "v4.5": "v45-2014-04-03",
    "v4.6": "v46-2021-08-30",
    "v4.7": "v47-2022-02-17",
}
APPLICATION_VERSIONS = {
    "v4.0": "v40-2004-12-02",
    "v4.1": "v41-2005-08-25",
    "v4.2": "v42-2006-08-23",
    "v4.3": "v43-2012-12-04",
    "v4.4": "v44-2014-04-03",
    "v4.5": "v45-2021-08-30",
    "v4.6": "v46-2022-02-17",
}
FIRST_OF_PARTIES_OF_ITS_OWN = "v4.3"  # us-parties with inventors beside applicants, since the AIA


def reference(number: str, *, office: str = "US", kind: str = "", date: str = "", name: str = "") -> str:
    more = "".join(f"<{tag}>{escape(value)}</{tag}>" for tag, value in (("kind", kind), ("name", name)) if value)
    day = f"<date>{date}</date>" if date else ""
    return f"<document-id><country>{office}</country><doc-number>{escape(number)}</doc-number>{more}{day}</document-id>"


def grant(
    number: str = "10123456",
    *,
    kind: str = "B2",
    version: str = "v4.7",
    date: str = "20181106",
    body: str = "",
    title: str = "A thing",
    doctype: str | None = None,
    before_end: str = "",
) -> bytes:
    dtd = f"us-patent-grant-{GRANT_VERSIONS[version]}"
    declared = doctype if doctype is not None else f'<!DOCTYPE us-patent-grant SYSTEM "{dtd}.dtd" [ ]>'
    return f"""<?xml version="1.0" encoding="UTF-8"?>
{declared}
<us-patent-grant lang="EN" dtd-version="{version}" file="US{number}.XML" status="PRODUCTION" date-produced="20181022">
<us-bibliographic-data-grant>
<publication-reference>{reference(number, kind=kind, date=date)}</publication-reference>
<application-reference appl-type="utility">{reference("14925737", date="20151028")}</application-reference>
<invention-title id="d0e53">{title}</invention-title>
{body}
</us-bibliographic-data-grant>
<abstract id="abstract"><p id="p-0001" num="0000">About {title}.</p></abstract>
<description id="description"><p>Long.</p>{before_end}</description>
</us-patent-grant>
""".encode()


def application(
    number: str = "20230001234",
    *,
    version: str = "v4.6",
    date: str = "20230105",
    body: str = "",
    title: str = "A thing",
) -> bytes:
    dtd = f"us-patent-application-{APPLICATION_VERSIONS[version]}"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE us-patent-application SYSTEM "{dtd}.dtd" [ ]>
<us-patent-application lang="EN" dtd-version="{version}" file="US{number}A1.XML" status="PRODUCTION">
<us-bibliographic-data-application lang="EN" country="US">
<publication-reference>{reference(number, kind="A1", date=date)}</publication-reference>
<application-reference appl-type="utility">{reference("17856789", date="20220701")}</application-reference>
<invention-title id="d0e43">{title}</invention-title>
{body}
</us-bibliographic-data-application>
<abstract id="abstract"><p id="p-0001" num="0000">About {title}.</p></abstract>
</us-patent-application>
""".encode()


def parties(version: str, applicants: str, inventors: str = "", agents: str = "") -> str:
    if version < FIRST_OF_PARTIES_OF_ITS_OWN:
        return f"<parties><applicants>{applicants}</applicants>{agents}</parties>"
    people = f"<us-applicants>{applicants}</us-applicants><inventors>{inventors}</inventors>"
    return f"<us-parties>{people}{agents}</us-parties>"


def cpc(symbol: tuple[str, str, str, str, str], *, value: str = "I", position: str = "F") -> str:
    section, cls, subclass, group, subgroup = symbol
    return f"""<classification-cpc><cpc-version-indicator><date>20130101</date></cpc-version-indicator>
<section>{section}</section><class>{cls}</class><subclass>{subclass}</subclass><main-group>{group}</main-group>
<subgroup>{subgroup}</subgroup><symbol-position>{position}</symbol-position>
<classification-value>{value}</classification-value><action-date><date>20181106</date></action-date>
<generating-office><country>US</country></generating-office><classification-status>B</classification-status>
<classification-data-source>H</classification-data-source><scheme-origination-code>C</scheme-origination-code>
</classification-cpc>"""
