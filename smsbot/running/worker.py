"""RQ workers. Alone: one process for each queue and the sweep; `--queue emergencies|rest`: one worker.

One queue a process: a worker of two queues that dies just after taking a job loses it for good.
"""

from __future__ import annotations

import os
import sys

import click
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from smsbot import home, wiring
from smsbot.kick import QUEUES, OurJob, connect, our_queue
from smsbot.logs import configure_logs
from smsbot.running.run import sweep_command, worker_command
from smsbot.running.supervisor import Part, Supervisor


def work(queue: str) -> None:
    """Run the jobs of one queue until told to stop. Raises one of wiring.STARTING_ERRORS.

    Jobs run in this process: the row's lease, not a fork, guards against a worker that dies.
    """
    parts = wiring.current()
    connection = connect(home.redis_url(parts.settings), for_worker=True)
    worker = SimpleWorker(
        [our_queue(queue, connection)],
        name=f"{queue}-{os.getpid()}-{os.urandom(3).hex()}",
        connection=connection,
        job_class=OurJob,
        serializer=JSONSerializer,
        log_job_description=False,
    )
    worker.work(with_scheduler=False, logging_level="WARNING")


def work_on_all() -> None:
    """One worker for each queue and the sweep, supervised."""
    parts = [Part(f"worker-{queue}", worker_command(queue)) for queue in QUEUES]
    Supervisor([*parts, Part("sweep", sweep_command())]).run()


@click.command()
@click.option("--queue", type=click.Choice(QUEUES), help="Work on this queue alone.")
def main(queue: str | None) -> None:
    """Send what is owed: emergencies, the rest, and the sweep; or one queue alone."""
    configure_logs(f"worker-{queue}" if queue else "workers")
    try:
        work(queue) if queue else work_on_all()
    except wiring.STARTING_ERRORS as error:
        click.echo(str(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
