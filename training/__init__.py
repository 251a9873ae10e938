"""Makes the learned part of triage out of `corpus/`. Not needed to run smsbot: see `training/train.py`."""
