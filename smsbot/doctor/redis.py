"""Redis safety: it keeps what it was told, and throws nothing away."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from redis.exceptions import RedisError, ResponseError

from smsbot.config import LOOPBACK
from smsbot.doctor.line import Line, bad, ok, warn
from smsbot.home import redis_url
from smsbot.kick import connect
from smsbot.wiring import Wiring

_LATE = "No alert is lost without it: the sweep sends them, about a second later."


def check_redis(parts: Wiring) -> list[Line]:
    """Ask the server that REDIS_URL names, or the embedded one, which is started with what is needed."""
    connection = connect(redis_url(parts.settings))
    try:
        connection.ping()
        config: Any = {
            **connection.config_get("appendonly"),
            **connection.config_get("maxmemory-policy"),
        }
    except ResponseError:  # a managed one may forbid the question
        return [
            warn(
                "Redis answers, and does not let us ask how it is set up.",
                "See in its console that the append-only file is on and maxmemory-policy is noeviction.",
            )
        ]
    except (RedisError, OSError):
        start = "Start it again" if parts.settings.redis_url else "Start smsbot: it brings its own"
        return [bad("Redis does not answer.", f"{start}. {_LATE}")]
    finally:
        connection.close()
    return [*safety_lines(config), *_lock_lines(parts.settings.redis_url)]


def safety_lines(config: dict[str, str]) -> list[Line]:
    """What `CONFIG GET` says, judged."""
    lines = [ok("Redis answers.")]
    if config.get("appendonly") == "yes":
        lines.append(ok("Its append-only file is on."))
    else:
        remedy = "Set appendonly yes in its configuration: after a crash it has forgotten every job."
        lines.append(bad("Its append-only file is off.", remedy))
    policy = config.get("maxmemory-policy", "unknown")
    if policy == "noeviction":
        lines.append(ok("It throws nothing away (noeviction)."))
    else:
        remedy = "Set maxmemory-policy noeviction: it throws jobs away and says OK."
        lines.append(bad(f"Its maxmemory-policy is {policy}.", remedy))
    return lines


def _lock_lines(url: str | None) -> list[Line]:
    """Whoever can write to Redis can ask for deliveries: a password, or a socket."""
    parts = urlsplit(url or "unix://")
    if parts.scheme == "unix" or parts.password:
        return []
    remedy = "Set requirepass (and redis://:password@… in REDIS_URL), or use a socket."
    what = "Redis asks for no password."
    return [warn(what, remedy) if parts.hostname in LOOPBACK else bad(what, remedy)]
