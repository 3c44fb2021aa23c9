"""What is looked at inside an upload while it streams in: archives in archives, and the parts of office files. Pure."""

from ipx.core.errors import Invalid
from ipx.vault import zip_records
from ipx.vault.inflating import DECODERS, LONGEST_MAGIC, MOST_LAYERS, Budget, NotUnderstood, PlainDecoder, Sink
from ipx.vault.office_parts import MarkupWatch, is_program, is_watched
from ipx.vault.zip_watch import CURES, ZipWatch

ARCHIVE = "application/zip"
PACKED = ("application/vnd.openxmlformats", "application/vnd.oasis.opendocument", ARCHIVE)


class ArchiveWatch:
    """Looks into an upload that is a ZIP file by its type: an archive, or a document of an office program."""

    def __init__(self, media_type: str) -> None:
        self._budget = Budget()
        self._is_office = media_type != ARCHIVE
        self._zip = ZipWatch(self._budget, self._follow)

    @property
    def unpacked(self) -> int:
        """How many bytes have come out, all layers together."""
        return self._budget.unpacked

    def feed(self, data: bytes) -> None:
        """Look at the next bytes of the upload. Raises Invalid."""
        self._budget.arrive(len(data))
        try:
            self._zip.feed(data)
        except NotUnderstood as trouble:
            raise _refusal(trouble) from None

    def finish(self) -> None:
        """Check what can be known at the end only. Raises Invalid."""
        try:
            self._zip.finish()
        except NotUnderstood as trouble:
            raise _refusal(trouble) from None

    def _follow(self, name: bytes) -> Sink:
        if self._is_office:
            if is_program(name):
                raise Invalid("The file has macros in it. Save it again in this format, without macros.", field="file")
            if is_watched(name):
                return MarkupWatch(name)
        return LayerWatch(self._budget, layer=1)


def archive_watch(media_type: str) -> ArchiveWatch | None:
    """Return who looks into uploads of this type; None for those that are no archives."""
    return ArchiveWatch(media_type) if media_type.startswith(PACKED) else None


class LayerWatch:
    """Content of an entry: followed further when it is an archive itself, as far as we understand it."""

    def __init__(self, budget: Budget, *, layer: int) -> None:
        self._budget = budget
        self._layer = layer
        self._head = b""
        self._inside: Sink | None = None
        self._is_known = False

    def feed(self, data: bytes) -> None:
        """Look at the next bytes."""
        if not self._is_known:
            self._head += data
            if len(self._head) < LONGEST_MAGIC:
                return
            self._begin()
            data, self._head = self._head, b""
        self._pass_on(data)

    def finish(self) -> None:
        """End what is inside. An archive that we cannot follow is left alone: whoever unpacks it is warned by it."""
        if self._inside is not None:
            try:
                self._inside.finish()
            except NotUnderstood:
                self._inside = None

    def _begin(self) -> None:
        self._is_known = True
        head = self._head
        if head.startswith(zip_records.LOCAL):
            self._inside = ZipWatch(self._budget, lambda _name: LayerWatch(self._budget, layer=self._deeper()))
        for magic, new in DECODERS.items():
            if head.startswith(magic):
                self._inside = PlainDecoder(self._budget, LayerWatch(self._budget, layer=self._deeper()), new=new)

    def _pass_on(self, data: bytes) -> None:
        if self._inside is not None:
            try:
                self._inside.feed(data)
            except NotUnderstood:
                self._inside = None

    def _deeper(self) -> int:
        if self._layer >= MOST_LAYERS:
            raise Invalid(
                f"Archives lie in archives more than {MOST_LAYERS} deep. Pack the files themselves.", field="file"
            )
        return self._layer + 1


def _refusal(trouble: NotUnderstood) -> Invalid:
    return Invalid(CURES[str(trouble)] + ".", field="file")
