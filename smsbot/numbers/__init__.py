"""What happened in a period, as figures: read from the rows, worked out, drawn, given away as CSV."""

from smsbot.numbers.export import as_csv
from smsbot.numbers.page import NumbersPage, read_numbers
from smsbot.numbers.period import Period, read_period

__all__ = ["NumbersPage", "Period", "as_csv", "read_numbers", "read_period"]
