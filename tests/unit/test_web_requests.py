"""No file part of a form is ever parsed."""

import io

from flask import Flask, request

from ipx.web.requests import RawUploadRequest


def test_a_file_part_is_refused_before_a_byte_of_it_is_kept() -> None:
    app = Flask(__name__)
    app.request_class = RawUploadRequest
    app.add_url_rule("/", view_func=lambda: request.form.get("field", ""), methods=["POST", "PUT"])
    client = app.test_client()
    for send in (client.post, client.put):
        assert send("/", data={"field": "x", "file": (io.BytesIO(b"secret"), "secret.pdf")}).status_code == 415
        assert send("/", data={"field": "x"}).text == "x"
