"""A trap for one process of ours. First on its PYTHONPATH, it needs no switch in the product.

TRAP_NOTE names a file. While that file is there it holds an order such as `kill smsbot/outbox.py:136:2`: when
this line is about to run (for the second time in one call) the process kills itself with SIGKILL, having
taken the note away; `stop` stops it with SIGSTOP. `wait` holds the line as long as the note is there, and
says so by a file of the same name with `.held` behind it.

TRAP_SEEN names a file to which every line of ours that runs is added.

Both begin when the process has made its parts: to watch every call while it starts takes half as long again.
"""

import contextlib
import functools
import importlib.abc
import importlib.util
import os
import signal
import sys
import threading
import time

_NOTE = os.environ.get("TRAP_NOTE", "")
_SEEN = os.environ.get("TRAP_SEEN", "")
_OURS = (
    "outbox.py",
    "receipts/texts.py",
    "sweep.py",
    "kick.py",
    "contacts.py",
    "escalation/ladder.py",
    "escalation/dispatching.py",
    "escalation/taking.py",
    "escalation/rounds.py",
    "escalation/delivery.py",
    "intake/writing.py",
    "intake/cases.py",
    "sms.py",
    "client.py",
)


@functools.cache
def _place(path):
    at = path.rfind("/smsbot/")
    return path[at + 1 :] if at >= 0 and path.endswith((*_OURS, "intake/__init__.py")) else None


def _on_call(frame, event, _argument):
    if threading.current_thread().name.startswith("deciding"):
        sys.settrace(None)  # triage has a limit on its processor time, and decides only
        return None
    place = _place(frame.f_code.co_filename)
    if place is None:
        return None
    if _SEEN:
        return _recorder(place)
    order = _order()
    return _trap(place, *order) if order and order[1] == place else None


def _order():
    try:
        with open(_NOTE) as note:
            action, _, where = note.read().partition(" ")
    except OSError:
        return None
    place, line, *nth = where.strip().split(":")
    return action, place, int(line), int(nth[0]) if nth else 1


def _recorder(place):
    known = set()

    def record(frame, event, _argument):
        seen = f"{place}:{frame.f_lineno}\n"
        if event == "line" and seen not in known:
            known.add(seen)
            with open(_SEEN, "a") as lines:
                lines.write(seen)
        return record

    return record


def _trap(_place_of_order, action, place, line, nth):
    count = 0

    def watch(frame, event, _argument):
        nonlocal count
        if event == "line" and frame.f_lineno == line:
            count += 1
            if count == nth:
                _strike(action)
        return watch

    return watch


def _strike(action):
    if action == "wait":
        with open(f"{_NOTE}.held", "w"):
            pass
        while os.path.exists(_NOTE):
            time.sleep(0.005)
        return
    with contextlib.suppress(FileNotFoundError):  # another thread or process was caught
        os.unlink(_NOTE)
        os.kill(os.getpid(), signal.SIGKILL if action == "kill" else signal.SIGSTOP)


class _Wiring(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Has `smsbot.wiring.build` begin to watch when it is done."""

    def find_spec(self, name, path=None, target=None):
        if name != "smsbot.wiring":
            return None
        sys.meta_path.remove(self)
        self._spec = importlib.util.find_spec(name)
        return importlib.util.spec_from_loader(name, self, origin=self._spec.origin)

    def exec_module(self, module):
        module.__file__ = self._spec.origin
        self._spec.loader.exec_module(module)
        build = module.build

        @functools.wraps(build)
        def built(*arguments, **options):
            parts = build(*arguments, **options)
            threading.settrace(_on_call)
            sys.settrace(_on_call)
            return parts

        module.build = built


if _NOTE or _SEEN:
    sys.meta_path.insert(0, _Wiring())
