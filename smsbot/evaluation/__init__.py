"""How well texts are read, counted on labelled messages. Counts only; `smsbot evaluate` prints."""
