"""Owns running the simulator as a process of its own: ``python -m ipx.adapters.stripe_simulator --help``.

It never runs in production, and it takes its two secrets from the environment, never from the command line.
"""

import argparse
import os

from werkzeug.serving import make_server

from ipx.adapters.stripe_simulator import create_simulator


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(
        prog="python -m ipx.adapters.stripe_simulator",
        description="Simulator of the part of Stripe that IPX uses. No money moves.",
        epilog="Needs IPX_STRIPE_SECRET_KEY and IPX_STRIPE_WEBHOOK_SECRET. Example: python -m "
        "ipx.adapters.stripe_simulator --database var/stripe.sqlite3 --port 8010 "
        "--webhook-url http://127.0.0.1:8000/payments/webhook",
    )
    parser.add_argument("--database", required=True, help="its own SQLite file")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8010)
    parser.add_argument("--public-url", help="where a browser finds it (http://HOST:PORT)")
    parser.add_argument("--webhook-url", required=True, help="where events are delivered")
    parser.add_argument("--first-pause", type=float, default=1.0, help="seconds before the first repeat")
    given = parser.parse_args()
    if os.environ.get("IPX_MODE") == "production":
        parser.exit(1, "The simulator of Stripe does not run in production.\n")
    try:
        webhook_secret, secret_key = os.environ["IPX_STRIPE_WEBHOOK_SECRET"], os.environ["IPX_STRIPE_SECRET_KEY"]
    except KeyError as missing:
        parser.error(f"set {missing.args[0]} first")
    app = create_simulator(
        given.database,
        given.public_url or f"http://{given.host}:{given.port}",
        given.webhook_url,
        webhook_secret,
        secret_key,
        first_pause=given.first_pause,
    )
    make_server(given.host, given.port, app, threaded=True).serve_forever()


if __name__ == "__main__":
    main()
