"""Two files in one: an archive that hangs on the end of another file."""

END = b"PK\x05\x06"  # end of central directory, APPNOTE 4.3.16
SHORTEST, LONGEST = 22, 22 + 0xFFFF


def has_archive_at_end(content: bytes) -> bool:
    """Tell whether ZIP readers, who look from the end, would find an archive here, whatever stands before it."""
    tail = content[-LONGEST:]
    place = tail.rfind(END)
    while place >= 0:
        record = tail[place : place + SHORTEST]
        if len(record) == SHORTEST and _names_entries(content, record):
            return True
        place = tail.rfind(END, 0, place)
    return False


def _names_entries(content: bytes, record: bytes) -> bool:
    entries, size = int.from_bytes(record[10:12], "little"), int.from_bytes(record[12:16], "little")
    return entries > 0 and size >= 46 and b"PK\x01\x02" in content
