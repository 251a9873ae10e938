"""Web entry: `gunicorn app:app`."""

from smsbot.web import create_app

app = create_app()
