"""What became of what has left: receipts of texts, of calls to staff, of calls that join two people."""
