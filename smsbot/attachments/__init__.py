"""Pictures, voice memos and other files of a text: noted with it, fetched beside the sweep, kept sealed.

A row says what is owed: WAITING is fetched at `due_at`; of what is KEPT or REFUSED, `due_at` is when the
provider's copy goes. Nothing else remembers anything, so a process may die at any point.
"""

from smsbot.attachments.fetching import Fetching
from smsbot.attachments.rows import note, of_messages, read_content

__all__ = ["Fetching", "note", "of_messages", "read_content"]
