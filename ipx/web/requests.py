"""Our kind of request: no file part is ever parsed, so no document can be spooled to disk in clear."""

from typing import IO, NoReturn

from flask import Request
from werkzeug.exceptions import UnsupportedMediaType


class RawUploadRequest(Request):
    """A request whose forms hold fields only. Documents come as raw bodies, which nothing parses.

    Werkzeug writes file parts above 500 kB to temporary files, and anything that looks at ``request.form`` (the check
    of the form token does) makes it parse them.
    """

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return _refuse()


def _refuse() -> NoReturn:
    raise UnsupportedMediaType("Send the file itself as the body of the request, not as a part of a form.")
