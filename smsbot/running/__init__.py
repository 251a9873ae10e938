"""The processes: embedded Redis, web, workers, sweep, and what keeps them alive."""
