"""One piece of the torture, for a process of its own."""

import time
from dataclasses import dataclass

from tests.torture import faults, mutants, parts
from tests.torture.tally import Tally


@dataclass(frozen=True)
class Job:
    """One piece of work for one process; kind: "part", "mutant" or "fault"."""

    kind: str
    name: str
    seed: int
    deep: bool = False


@dataclass
class Result:
    """What came of a job. text: one line for people."""

    job: Job
    tally: Tally
    text: str
    killed: bool = False


def work(job: Job) -> Result:
    """Do one job."""
    begun = time.process_time()
    tally = Tally()
    result = Result(job, tally, "")
    if job.kind == "mutant":
        result.text, result.killed = mutants.judge(mutants.named(job.name), job.seed)
        return result
    if job.kind == "fault":
        tally.found(f"fault: {job.name}", fault(job.name, job.seed))
    else:
        parts.explore(job.name, job.seed, tally, job.deep)
    seconds = time.process_time() - begun
    result.text = f"{job.kind} {job.name}: {len(tally.violations)} violations, {seconds:.1f} s"
    if tally.states:
        result.text += f", {tally.cut_points} cut points, {len(tally.states)} states"
    return result


def fault(name: str, seed: int) -> list[str]:
    """What one fault of the plan violated."""
    try:
        return [str(each) for each in faults.run(name, seed)["violations"]]
    except AssertionError as error:
        return [str(error)]
