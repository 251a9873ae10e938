"""Read by `gunicorn app:app`."""

from smsbot.running.gunicorn_settings import *  # noqa: F403
