"""The triage engine: a text and its situation in, a Triage out. Pure after loading; reads no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from smsbot.domain import Flag, Intent, Situation, Triage, Urgency
from smsbot.triage.answers import chosen_option, read_answer
from smsbot.triage.consent import is_keyword, read_consent
from smsbot.triage.decide import FALLBACK, decide
from smsbot.triage.join import (
    ON_WORDS,
    PLAINLY_HARMLESS,
    learned_reading,
    likeliest_request,
    thread_reading,
    without_the_unlikely,
    without_threats_of_theirs,
)
from smsbot.triage.language import read_languages
from smsbot.triage.lastresort import read_last_resort
from smsbot.triage.learned import Model, load_model
from smsbot.triage.medications import Medication, find_medications, list_names
from smsbot.triage.normalise import Folded, fold, with_placeholders
from smsbot.triage.numbers import find_age, read_numbers
from smsbot.triage.reading import Label, Reading
from smsbot.triage.rulebook import Rulebook, load_rulebook
from smsbot.triage.rules import Hit, find_hits
from smsbot.triage.situation import read_situation, recent_texts
from smsbot.triage.windows import read_windows

VERSION = "engine-2"
_NO_LEARNING = "rules alone"
_DEFAULT_ZONE = "America/New_York"
_DRUG = "drugx"  # the word that stands for any medication in rule files
_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)
_FRAIL_AGE = 65  # a blow to the head from this age on is an emergency (triage guide, `fall`)


@dataclass(frozen=True, slots=True)
class Engine:
    """Reads texts by one rulebook and one model. Deterministic: the same input gives the same Triage.

    Without a model the rules read alone, which serves to see what each of the two does.
    """

    book: Rulebook
    model: Model | None = None

    @property
    def protocol_checksum(self) -> str:
        """SHA-256 over what the rule files say, as `sha256:…`."""
        return f"sha256:{self.book.checksum}"

    @property
    def name(self) -> str:
        """Version, the heads of the protocol's and of the weights' checksums; kept with every Triage."""
        learned = f"learned:{self.model.version}" if self.model else _NO_LEARNING
        return f"{VERSION} sha256:{self.book.checksum[:12]} {learned}"

    def triage(self, body: str, received_at: datetime, situation: Situation | None = None) -> Triage:
        """What can be read out of `body`, received at the aware time `received_at`."""
        folded = fold(body)
        medications = find_medications(folded)
        languages = read_languages(body)
        zone = situation.zone if situation else _DEFAULT_ZONE
        windows, excluded = read_windows(chosen_option(body, situation) or body, received_at, zone)
        answer = read_answer(folded, situation, has_times=bool(windows), has_drug=bool(medications))
        readings = (*self.read(folded, body, medications, languages, situation), answer)
        decision = decide(readings, names_medication=bool(medications), words=len(folded.tokens))
        wants_visit = any(intent in _WITH_WINDOWS for intent in decision.intents)
        return Triage(
            urgency=decision.urgency,
            intents=decision.intents,
            flags=decision.flags,
            language=languages[0] if languages else "und",
            languages=languages,
            confidence=decision.confidence,
            medications=list_names(medications),
            windows=windows if wants_visit else (),
            excluded=excluded if wants_visit else (),
            evidence=decision.evidence,
            engine=self.name,
        )

    def read(
        self,
        folded: Folded,
        body: str,
        medications: tuple[Medication, ...],
        languages: tuple[str, ...],
        situation: Situation | None = None,
    ) -> tuple[Reading, ...]:
        """The readings of all layers, in the order they are joined."""
        classes = frozenset(name for medication in medications for name in medication.classes)
        labels = without_threats_of_theirs(self._rule_labels(folded, medications, classes))
        rules = Reading.of(ON_WORDS, labels)
        readings = (
            rules,
            read_numbers(folded),
            read_consent(folded),
            read_situation(self.book, folded, body, situation),
            _frail_fall(rules, folded),
            read_last_resort(folded, languages, names_medication=bool(medications), layer=FALLBACK),
        )
        is_unreadable = any(label.urgency is Urgency.URGENT for label in readings[-1].labels)
        is_plain = is_keyword(folded) or folded.text.strip(" .!") in PLAINLY_HARMLESS
        is_plain = is_plain or chosen_option(body, situation) is not None
        if self.model is None or is_unreadable or is_plain or not body.strip():
            return readings
        return self._with_the_learned(self.model, readings, body, recent_texts(situation))

    def _with_the_learned(
        self, model: Model, readings: tuple[Reading, ...], body: str, earlier: tuple[str, ...]
    ) -> tuple[Reading, ...]:
        """What the rules read, as far as the model does not doubt it, and what the model reads beside."""
        thresholds = self.book.thresholds
        learned = model.read(body)
        spoken = learned_reading(learned, thresholds, lambda label: model.explain(body, label))
        joined = (*without_the_unlikely(readings, learned, thresholds), spoken)
        if not any(
            label.intent for reading in joined for label in reading.labels if reading.layer != FALLBACK
        ):
            joined = (*joined, likeliest_request(learned, lambda label: model.explain(body, label)))
        if not earlier or spoken.urgency is Urgency.EMERGENCY:
            return joined
        before, together = model.read("\n".join(earlier)), model.read("\n".join((*earlier, body)))
        return (*joined, thread_reading(before, together, thresholds, body))

    def _rule_labels(
        self, folded: Folded, medications: tuple[Medication, ...], classes: frozenset[str]
    ) -> list[Label]:
        """The rules on the text as it is, and again with every medication named by one and the same word."""
        labels = [_label(hit, folded) for hit in find_hits(self.book, folded, classes)]
        if not medications:
            return labels
        spans = tuple((medication.start, medication.end) for medication in medications)
        generic = with_placeholders(folded, spans, _DRUG)
        known = {label.source for label in labels}
        hits = find_hits(self.book, generic, classes)
        return labels + [_label(hit, generic) for hit in hits if hit.rule.id not in known]


_WITH_WINDOWS = (
    Intent.APPOINTMENT_REQUEST,
    Intent.APPOINTMENT_RESCHEDULE,
    Intent.APPOINTMENT_CONFIRM,
    Intent.APPOINTMENT_QUESTION,
    Intent.UNCLEAR,  # "tues after 3?" alone: the times are all there is
)


def load_engine(override_dir: Path | None = None) -> Engine:
    """An engine with the package's rules and a clinic's overrides. Raises RuleError, WeightsError."""
    engine = Engine(load_rulebook(override_dir), load_model())
    # Tables are read at their first use, and the model is slow at first: not while the first patient waits.
    engine.triage("hola, i took 2 of my lexapro since tuesday 3pm and feel worse, 190/120", _ANY_TIME)
    return engine


def _label(hit: Hit, folded: Folded) -> Label:
    start, end = folded.original_span(hit.start, hit.end)
    rule = hit.rule
    return Label(rule.why, start, end, rule.flag, rule.intent, rule.urgency, rule.score, rule.id)


def _frail_fall(rules: Reading, folded: Folded) -> Reading:
    """A blow to the head at 65 or older is an emergency."""
    blows = [label for label in rules.labels if label.flag is Flag.FALL and label.source.endswith(".head")]
    age = find_age(folded) if blows else None
    if age is None or age < _FRAIL_AGE:
        return Reading("frail fall")
    blow = blows[0]
    why = f"a blow to the head at {_FRAIL_AGE} or older"
    return Reading.of(
        "frail fall", [Label(why, blow.start, blow.end, Flag.FALL, None, Urgency.EMERGENCY, 0.9)]
    )
