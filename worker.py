"""Worker entry: alone, one process for each queue and the sweep; `--queue emergencies|rest` for one."""

from smsbot.running.worker import main

if __name__ == "__main__":
    main()
