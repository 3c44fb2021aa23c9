"""Every component on one page, with made-up context. For looking at the design, never for production.

python frontend/preview/serve.py  then open 127.0.0.1:8010; `/as/ROLE` changes who looks, `?theme=dark` the theme.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask, Response, abort, flash, jsonify, render_template, request
from flask_babel import Babel
from flask_wtf import CSRFProtect, FlaskForm
from markupsafe import Markup
from wtforms import (
    BooleanField,
    DecimalField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length

HERE = Path(__file__).resolve().parent
FRONTEND = HERE.parent
sys.path.insert(0, str(FRONTEND.parent))

from fakes import NOW, gallery  # noqa: E402

from ipx.web.assets import Assets  # noqa: E402

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


class TechnologyForm(FlaskForm):
    title = StringField("Title", [InputRequired("Title is missing: give it a name of a few words.")])
    problem = TextAreaField("Problem it solves", [InputRequired(), Length(max=2000)])
    advantage = StringField("Measured advantage", description="A number, its unit and what it is compared with.")
    fee = DecimalField("Upfront fee", [InputRequired("Upfront fee is missing: write a number, 0 if there is none.")])
    password = PasswordField("Password", [InputRequired()])
    readiness = SelectField(
        "Readiness", choices=[(str(n), f"TRL {n}") for n in range(1, 10)], validators=[InputRequired()]
    )
    filing = RadioField(
        "Has a patent application been filed?",
        choices=[("filed", "Filed"), ("cleared", "Not filed, cleared as non-enabling")],
        validators=[InputRequired("Say whether an application was filed: choose one of the two.")],
    )
    territory = SelectMultipleField(
        "Territory", choices=[("eu", "European Union"), ("us", "United States"), ("jp", "Japan")]
    )
    agree = BooleanField("I may deposit this document for my organisation", [InputRequired()])


def _moment(value: datetime) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(
        value.isoformat(), value.strftime("%d %b %Y, %H:%M UTC").lstrip("0")
    )


def _size(value: int) -> str:
    return f"{value / 2**20:.1f} MiB" if value >= 2**20 else f"{value / 1024:.1f} KiB"


def _actor() -> SimpleNamespace | None:
    role = request.cookies.get("preview_role", "")
    if not role:
        return None
    return SimpleNamespace(
        name="Mara Lindqvist",
        organisation_name="Fjord Materials Institute",
        roles={role},
        unread_notices=3,
    )


def _context() -> dict[str, Any]:
    theme = request.args.get("theme") or request.cookies.get("theme", "")
    return {"actor": _actor(), "embedded": True, "theme": theme, "language_tag": "en", "now": NOW}


def _bad_form() -> TechnologyForm:
    form = TechnologyForm(formdata=None, prefix="bad-", meta={"csrf": False}, data={"title": "Additive"})
    form.fee.errors = ["Upfront fee is missing: write a number, 0 if there is none."]
    form.filing.errors = ["Say whether an application was filed: choose one of the two."]
    return form


def create_app() -> Flask:
    app = Flask(
        __name__,
        static_folder=str(FRONTEND / "dist"),
        static_url_path="/static/dist",
        template_folder=str(FRONTEND / "templates"),
    )
    app.secret_key = "preview"
    app.jinja_loader.searchpath.append(str(HERE))  # type: ignore[union-attr]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Babel(app)
    CSRFProtect(app)
    Assets(FRONTEND / "dist").install(app)
    app.jinja_env.filters.update(
        moment=_moment,
        day=lambda v: v.strftime("%d %b %Y").lstrip("0"),
        bytes_size=_size,
        money=str,
        short_hash=lambda v: v[:8] + "…",
    )
    app.context_processor(_context)
    _pages(app)
    _answers(app)
    return app


def _pages(app: Flask) -> None:
    @app.after_request
    def policy(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    @app.get("/gallery")
    def show() -> str:
        if request.args.get("flash"):
            flash("The technology was saved.", "success")
        form = TechnologyForm(meta={"csrf": False})
        form.readiness.data = "5"
        form.filing.data = "filed"
        return render_template("gallery.html", form=form, bad=_bad_form(), **gallery())

    @app.get("/")
    def home() -> str:
        return render_template("home/signed_out.html")

    @app.get("/verify")
    def verify() -> str:
        return render_template("verify/verify.html")

    @app.get("/verify/chain")
    def chain() -> Response:
        return jsonify(found=False)

    @app.get("/error/<int:code>")
    def error(code: int) -> tuple[str, int]:
        return render_template(f"errors/{code}.html", detail="What the server says about it.", status=code), code


def _answers(app: Flask) -> None:
    polls = {"n": 0}

    @app.get("/live")
    def live() -> str:
        polls["n"] += 1
        state = ("sealed", "included", "final")[min(polls["n"] // 2, 2)]
        if not request.headers.get("X-Live"):
            polls["n"], state = 0, "sealed"
        return render_template("live.html", state=state)

    @app.get("/as/<role>")
    def become(role: str) -> Response:
        if role not in ("nobody", "researcher", "licensing_manager", "lab_administrator", "owner"):
            abort(404)
        response = Response("You are now " + role, mimetype="text/plain")
        response.set_cookie("preview_role", "" if role == "nobody" else role)
        return response

    @app.post("/echo")
    def echo() -> tuple[str, int]:
        return "refused, with the form again", 422

    @app.put("/upload")
    def put() -> tuple[Response, int]:
        if request.headers.get("X-File-Name") == "refuse.txt":
            problem = jsonify(title="This type of file is not accepted", detail="Send a PDF instead of a text.")
            problem.mimetype = "application/problem+json"
            return problem, 415
        return jsonify(location="/gallery", size=len(request.get_data())), 201


if __name__ == "__main__":
    create_app().run(port=int(sys.argv[1]) if len(sys.argv) > 1 else 8010)
