"""One board from an Order to its report and its label."""

import time
from datetime import datetime
from pathlib import Path

from provisioning.bundle import BadBundle, Bundle
from provisioning.flashing import reports
from provisioning.flashing.console import Console
from provisioning.flashing.job import Job
from provisioning.flashing.order import Order
from provisioning.flashing.renewal import Renewal
from provisioning.flashing.words import OK, Failure


def do(order: Order, kit: Bundle, folder: Path, console: Console) -> int:
    """Do it; the exit status. Whatever happens ends in a report and one sentence."""
    kind = Renewal if order.renew_tls else Job
    job = kind(order, kit, console.event)
    begun = time.monotonic()
    failure: Failure | None = None
    try:
        _bring(job, folder, console)
    except Failure as error:
        failure = error
    except BadBundle as error:
        failure = Failure("bad-bundle", reason=str(error))
    except OSError as error:
        failure = reports.not_kept(error)
    except Exception as error:  # a bug of ours must not end a batch without a report
        failure = Failure("internal", reason=f"{type(error).__name__}: {error}")
    record = job.record
    record |= {
        "verdict": "fail" if failure else "pass",
        "word": failure.word if failure else "",
        "sentence": failure.sentence(console.language) if failure else "",
        "seconds": round(time.monotonic() - begun, 1),
    }
    report: Path | None = None
    try:
        report = reports.write(folder, record, datetime.now().astimezone())
    except OSError as error:
        failure = failure or reports.not_kept(error)
    console.verdict(record, failure, report)
    return failure.status if failure else OK


def _bring(job: Job | Renewal, folder: Path, console: Console) -> None:
    try:
        job.run()
    except Failure as failure:
        if failure.word == "not-enrolled" and isinstance(job, Job):
            _label(job, folder, console)  # the board is done: the rest is the authority's
        raise
    if isinstance(job, Job):
        _label(job, folder, console)


def _label(job: Job, folder: Path, console: Console) -> None:
    console.event("label", "begin")
    try:
        from provisioning import label
    except ImportError:
        raise Failure("no-tool", tool="segno") from None
    record = job.record
    paths = label.write(folder / "labels", record["id"], record["mac"],
                        bytes.fromhex(record["public"]))  # fmt: skip
    record["label"] = [str(path) for path in paths]
    console.event("label", "done")
