"""Settings, the clinic's file, and who may read the files that hold secrets."""

from __future__ import annotations

from pathlib import Path

from smsbot.config import PROJECT_ROOT, Settings
from smsbot.doctor.line import Line, bad, ok, warn
from smsbot.wiring import Wiring

_OTHERS = 0o077


def check_settings(parts: Wiring) -> list[Line]:
    """That they are read and fit together was checked by making the parts at all."""
    settings = parts.settings
    lines = [ok(f"The settings and the clinic's files are read: a {settings.mode} home.")]
    lines += [_private(path) for path in _secret_files(settings) if path.exists()]
    if len(settings.auth_tokens) > 1:
        lines.append(
            warn(
                "Two tokens are valid: a rotation is under way.",
                "Promote the new token in the provider's console, move it to TWILIO_AUTH_TOKEN, empty "
                "TWILIO_AUTH_TOKEN_SECONDARY and start again.",
            )
        )
    if not settings.is_simulator and settings.clinic_file is None:
        lines.append(
            bad(
                "A live home runs on the shipped sample of clinic.toml.",
                "Copy smsbot/defaults/clinic.toml into the home and make it yours.",
            )
        )
    return lines


def _secret_files(settings: Settings) -> list[Path]:
    return [settings.home, settings.keys_file, PROJECT_ROOT / ".env"]


def _private(path: Path) -> Line:
    mode, kind = path.stat().st_mode, "700" if path.is_dir() else "600"
    if mode & _OTHERS:
        return bad(f"Other users of this machine may read {path.name}.", f"Run chmod {kind} {path}")
    return ok(f"{path.name} is readable by its owner alone.")
