"""What staff write to patients: the words, what to know about them before, drafts, and saved replies."""
