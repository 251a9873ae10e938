"""The task that another team's case holds for the front desk, without anything clinical."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot.models import Case, Contact, Task
from smsbot.web.spoken_times import spoken_window


@dataclass(frozen=True)
class TaskView:
    """To book a visit: for which number, and when it suits."""

    id: str
    number: str
    wished: tuple[str, ...]
    excluded: tuple[str, ...]
    is_done: bool


def read_task(session: Session, case: Case) -> TaskView | None:
    """The task of this case; None if it holds none."""
    task = session.scalars(select(Task).where(Task.case_id == case.id).limit(1)).first()
    if task is None:
        return None
    wish = json.loads(task.wish)
    return TaskView(
        id=task.id,
        number=session.get_one(Contact, case.contact_id).number,
        wished=tuple(map(spoken_window, wish.get("windows", ()))),
        excluded=tuple(map(spoken_window, wish.get("excluded", ()))),
        is_done=task.done_at is not None,
    )
