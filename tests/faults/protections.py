"""Every protection, how to switch it off, and the test that turns red without it. See sabotage.py."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """One place: what stands there, and what stands there without the protection."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Protection:
    """A protection, how to switch it off, and the test that must turn red."""

    name: str
    changes: tuple[Change, ...]
    test: str  # file, and words to choose by: all of them


def protection(name: str, file: str, old: str, new: str, test: str) -> Protection:
    """A protection that sits in one place."""
    return Protection(name, (Change(file, old, new),), test)


OUTBOX = "smsbot/outbox.py"
INTAKE = "smsbot/intake/__init__.py"
RACES, KILLS = "tests/faults/test_races.py", "tests/faults/test_kill_points.py"
REDIS, RESTART = "tests/faults/test_redis.py", "tests/faults/test_restart.py"
PROVIDER = "tests/faults/test_provider.py"
STORM, ROLLING = "tests/faults/test_storm.py", "tests/faults/test_rolling.py"
SHORT_STORM = f"{STORM}::test_a_short_storm_loses_nothing"
MANY = "tests/faults/test_many_senders.py::test_two_sweeps_and_eight_workers_send_each_once"
DOWN = "tests/faults/test_provider_down.py"
LOOKING = "tests/integration/test_looking.py"
ASLEEP = "tests/faults/test_asleep.py"
CLIMBING, TAKING = "smsbot/escalation/ladder.py", "smsbot/escalation/taking.py"
STORIES = "tests/faults/test_ladder_machine.py::test_no_emergency_is_ever_left_without_a_person_or_a_due_step"
WEEK = "tests/faults/test_simulated_week.py::test_a_week_in_which_no_emergency_is_lost"
HOLD_OR_LAPSE = "now + (clinic.ladder.hold if is_held else clinic.ladder.lapse_of(urgency))"
NO_HOLD = "None if is_held else now + clinic.ladder.lapse_of(urgency)"
NO_LAPSE = "now + clinic.ladder.hold if is_held else None"

PROTECTIONS = (
    protection(
        "a repeat gets the first answer",
        INTAKE,
        "return None if message is None else message.answer",
        "return None",
        f"{RACES}::test_two_hundred_copies_of_a_webhook_are_one_text[sqlite]",
    ),
    Protection(
        "one message for one provider id, asked again under the lock and unique in the database",
        (
            Change(
                INTAKE,
                "                if first is not None:\n                    return first\n",
                "                if False:\n                    return first\n",
            ),
            Change(
                "smsbot/migrations/versions/0001_first_schema.py",
                'sa.UniqueConstraint("provider_sid", name=op.f("uq_messages_provider_sid")),',
                "",
            ),
        ),
        f"{RACES}::test_two_hundred_copies_of_a_webhook_are_one_text[sqlite]",
    ),
    protection(
        "writing transactions begin immediate",
        "smsbot/db.py",
        '"BEGIN IMMEDIATE" if is_writing else "BEGIN"',
        '"BEGIN"',
        f"{RACES}::test_writers_that_look_first_lose_nothing[sqlite]",
    ),
    protection(
        "the contact is locked",
        "smsbot/contacts.py",
        "select(Contact).where(Contact.number_index == index).with_for_update(key_share=True)",
        "select(Contact).where(Contact.number_index == index)",
        f"{RACES}::test_fifty_texts_of_a_known_contact_without_a_case_open_one_case[postgres]",
    ),
    protection(
        "a claim waits for the lease of another",
        OUTBOX,
        "and_(Dispatch.state == DispatchState.SENDING, Dispatch.lease_until <= now)",
        "and_(Dispatch.state == DispatchState.SENDING)",
        f"{PROVIDER}::test_a_slow_provider_is_asked_by_one_process_at_a_time",
    ),
    protection(
        "the mark carries the token of its claim",
        OUTBOX,
        "                    Dispatch.token == claim.token,\n",
        "",
        f"{PROVIDER}::test_an_overtaken_claim_changes_nothing",
    ),
    protection(
        "a look before a doubtful send",
        OUTBOX,
        "        if not claim.is_doubtful:\n            return None\n",
        "        if claim.token:\n            return None\n",
        f"{PROVIDER}::test_without_receipts_the_list_says_what_has_left[drop_after_accept]",
    ),
    protection(
        "what a dead process may have sent is doubtful",
        OUTBOX,
        "is_doubtful=or_(Dispatch.is_doubtful, Dispatch.state != DispatchState.PENDING)",
        "is_doubtful=Dispatch.is_doubtful",
        f"{KILLS} -k outlives and worker and sms.send and sqlite",
    ),
    protection(
        "looks are bounded",
        OUTBOX,
        "MAX_LOOK_UPS = 3",
        "MAX_LOOK_UPS = 3000",
        f"{PROVIDER}::test_a_list_that_never_answers_does_not_hold_an_emergency_for_ever",
    ),
    protection(
        "no send with a spent lease",
        OUTBOX,
        "if clock.now() > claim.lease_until - SEND_TAKES_AT_MOST:",
        "if not claim.token:",
        f"{PROVIDER}::test_a_worker_that_slept_through_its_lease_sends_nothing",
    ),
    protection(
        "failed sends wait longer and longer",
        OUTBOX,
        '"due_at": _next_try(claim, now)}',
        '"due_at": now}',
        f"{PROVIDER}::test_a_provider_that_is_down_is_not_stormed",
    ),
    protection(
        "too many requests: tried again",
        "smsbot/routes/sms.py",
        "raise RouteError(error.code, is_retryable=True) from None",
        "raise RouteError(error.code, is_retryable=False) from None",
        f"{PROVIDER}::test_an_alert_arrives_once_whatever_the_answer[429]",
    ),
    protection(
        "refused: never tried again",
        "smsbot/routes/sms.py",
        "raise RouteError(error.code, is_retryable=False) from None",
        "raise RouteError(error.code, is_retryable=True) from None",
        f"{PROVIDER}::test_a_number_that_is_refused_fails_for_good_and_is_called",
    ),
    protection(
        "states go forward only",
        "smsbot/receipts/texts.py",
        "    if dispatch.state in _FINAL:\n        return False\n",
        "",
        f"{PROVIDER}::test_states_never_go_back[receipts_reversed]",
    ),
    protection(
        "a failed kick is swallowed",
        "smsbot/kick.py",
        "except (RedisError, OSError) as error:",
        "except ZeroDivisionError as error:",
        f"{REDIS}::test_a_harmed_redis_delays_nothing[kill]",
    ),
    protection(
        "a kick waits for half a second",
        "smsbot/kick.py",
        "_SECONDS = 0.5  #",
        "_SECONDS = 3.0  #",
        f"{REDIS}::test_a_harmed_redis_delays_nothing[freeze]",
    ),
    protection(
        "the sweep delivers by itself",
        "smsbot/sweep.py",
        "                self.outbox.deliver(dispatch_id)\n",
        "                continue\n",
        f"{REDIS}::test_a_harmed_redis_delays_nothing[kill]",
    ),
    protection(
        "the sweep comes soon after the kick",
        OUTBOX,
        "SWEEP_GRACE = timedelta(seconds=1)",
        "SWEEP_GRACE = timedelta(seconds=10)",
        f"{REDIS}::test_a_harmed_redis_delays_nothing[kill]",
    ),
    protection(
        "a part that died is started again",
        "smsbot/running/supervisor.py",
        "part.process, part.start_at = None, now + wait",
        "part.start_at = now + wait",
        f"{RESTART}::test_a_part_that_is_killed_is_started_again",
    ),
    protection(
        "parts die with the supervisor",
        "smsbot/running/leash.py",
        "ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)",
        "ctypes.CDLL(None)",
        f"{RESTART}::test_kill_9_of_the_supervisor_leaves_nothing_running",
    ),
    protection(
        "a part that does not end is killed",
        "smsbot/running/supervisor.py",
        "_signal(part, signal.SIGKILL, whole_group=True)",
        "_signal(part, signal.SIGTERM, whole_group=True)",
        f"{RESTART}::test_a_signal_ends_everything[SIGTERM]",
    ),
    protection(
        "one run on a home",
        "smsbot/running/run.py",
        "fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)",
        "lock.fileno()",
        f"{RESTART}::test_a_second_start_on_the_same_home_says_so",
    ),
    protection(
        "in a storm: what a dead process held is taken up",
        OUTBOX,
        "and_(Dispatch.state == DispatchState.SENDING, Dispatch.lease_until <= now)",
        "and_(Dispatch.state == DispatchState.SENDING, Dispatch.lease_until.is_(None))",
        SHORT_STORM,
    ),
    protection(
        "in a storm: a look before a doubtful send",
        OUTBOX,
        "        if not claim.is_doubtful:\n            return None\n",
        "        if claim.token:\n            return None\n",
        SHORT_STORM,
    ),
    protection(
        "in a storm: each step writes down when the next is due",
        CLIMBING,
        "alert.next_at = max(self.due_at(case, alert), least)",
        "alert.next_at = None",
        SHORT_STORM,
    ),
    protection(
        "a sweep that is told to end finishes what it sends",
        "smsbot/cli/process.py",
        "signal.signal(number, lambda *_: stop.set())",
        "signal.signal(number, signal.SIG_DFL)",
        f"{ROLLING}::test_a_sweep_that_is_told_to_end_finishes_what_it_sends",
    ),
    protection(
        "of ten senders one sends",
        OUTBOX,
        "and_(Dispatch.state == DispatchState.SENDING, Dispatch.lease_until <= now)",
        "and_(Dispatch.state == DispatchState.SENDING)",
        MANY,
    ),
    protection(
        "a call waits while another may be ringing",
        OUTBOX,
        "return or_(Dispatch.route != _CALL, ~ringing)",
        "return or_(Dispatch.route != _CALL, ringing, ~ringing)",
        "tests/integration/test_outbox.py::test_a_call_waits_while_another_to_that_person_may_be_ringing[sqlite]",
    ),
    protection(
        "who slept honours an acknowledgement",
        OUTBOX,
        "if clock.now() > claim.lease_until - SEND_TAKES_AT_MOST:",
        "if not claim.token:",
        f"{ASLEEP}::test_who_slept_while_the_case_was_taken_sends_nothing",
    ),
    protection(
        "a dead sweep is seen by the web process",
        "smsbot/web/health.py",
        "at is not None and clock.now() - at < SWEEP_IS_DEAD",
        "at is not None",
        f"{ASLEEP}::test_a_dead_sweep_is_silent_outside_and_red_inside",
    ),
    protection(
        "an alert that is stuck goes another way as well",
        OUTBOX,
        "or (is_stuck and claim.is_alert)",
        "or (is_stuck and not claim.token)",
        f"{DOWN}::test_an_emergency_goes_by_e_mail_within_a_minute[sqlite]",
    ),
    protection(
        "each step writes down when the next is due",
        CLIMBING,
        "alert.next_at = max(self.due_at(case, alert), least)",
        "alert.next_at = None",
        STORIES,
    ),
    protection("taken by text or call: held until it was opened", TAKING, HOLD_OR_LAPSE, NO_HOLD, STORIES),
    protection("taken, and nothing followed: it lapses", TAKING, HOLD_OR_LAPSE, NO_LAPSE, STORIES),
    Protection(
        "passed on: the next step is due at once",
        (
            Change(
                CLIMBING,
                "still can\n            return []\n        return self.climb(session, case, alert)",
                "still can\n            return []\n        return []",
            ),
            Change(TAKING, "    alert.next_at = clock.now()\n", "    alert.next_at = None\n"),
        ),
        STORIES,
    ),
    protection("in a week: what is held ends", TAKING, HOLD_OR_LAPSE, NO_HOLD, WEEK),
    protection("in a week: what lies lapses", TAKING, HOLD_OR_LAPSE, NO_LAPSE, WEEK),
    protection(
        "a climbing alert is not begun anew by each text",
        CLIMBING,
        "if climbing and climbing.urgency == case.urgency and (to_owner or not climbing.to_owner):",
        "if climbing and not case:",
        "tests/integration/test_ladder.py -k act_said_again and sqlite",
    ),
    protection(
        "where nobody can be reached there is no storm",
        "smsbot/escalation/delivery.py",
        " and ladder.has_higher(case, alert)",
        "",
        "tests/integration/test_ladder_reach.py -k storm and sqlite",
    ),
    protection(
        "of several alike the look takes the oldest",
        "smsbot/twilio/client.py",
        "for text in reversed(texts):",
        "for text in texts:",
        f"{LOOKING}::test_of_two_texts_alike_the_older_look_finds_the_older",
    ),
    protection(
        "the look reaches behind a hundred later texts",
        "smsbot/twilio/client.py",
        "_LIST_LIMIT = 1000",
        "_LIST_LIMIT = 100",
        f"{LOOKING}::test_a_text_is_found_behind_a_hundred_later_ones",
    ),
    protection(
        "nothing leaves for who has opted out meanwhile",
        OUTBOX,
        "        if claim.route == _TO_PATIENTS:\n",
        "        if False:\n",
        "tests/integration/test_consent.py -k stopped_before_the_provider and sqlite",
    ),
)
