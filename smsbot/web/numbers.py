"""The page of numbers, and their export."""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, render_template, request

from smsbot import clock
from smsbot.numbers import NumbersPage, as_csv, read_numbers, read_period
from smsbot.numbers.period import SPANS, months_before
from smsbot.numbers.words import capital
from smsbot.web.pages import plain
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

numbers = Blueprint("numbers", __name__)


@numbers.get("/numbers")
@policy(Policy.STAFF)
def overview() -> Response:
    """What happened in a period, as charts with their tables."""
    page, problem = _page()
    months = months_before(clock.now(), wiring().clinic.zone)
    shown = render_template("numbers.html", page=page, problem=problem, spans=SPANS, months=months)
    return make_response(shown, 422 if problem else 200)


@numbers.get("/numbers.csv")
@policy(Policy.STAFF)
def export() -> Response:
    """The table of one chart."""
    page, problem = _page()
    chart = page.chart(request.args.get("chart", ""))
    if chart is None or problem:
        abort(404)
    name = f"{chart.key}-{page.period.first}-{page.period.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(as_csv(chart), content_type="text/csv; charset=utf-8", headers=headers)


def _page() -> tuple[NumbersPage, str]:
    parts, now = wiring(), clock.now()
    period, problem = read_period(request.args, now, parts.clinic.zone)
    with parts.db.reading() as session:
        return read_numbers(session, parts.clinic, period, now, lambda name: capital(plain(name))), problem
