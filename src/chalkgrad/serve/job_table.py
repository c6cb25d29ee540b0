"""What a worker process can be asked for: one row a job, with its time limit.

This table is all that server and workers share; the functions are imported in the worker alone.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of work.

    Attributes:
        name: as in the address of the request.
        home: module and function, as ``module:function``; it takes the object of the request and bytes,
            and returns an object and bytes.
        seconds: how long it may take.
        public: whether a request can ask for it by name.
        pure: whether the same request always gives the same answer, which may then be kept.
    """

    name: str
    home: str
    seconds: float
    public: bool = True
    pure: bool = True


_JOBS, _TRAINING = "chalkgrad.serve.jobs", "chalkgrad.serve.training_jobs"
JOBS: dict[str, Job] = {
    row.name: row
    for row in (
        Job("view", f"{_JOBS}:view", 15.0),
        Job("part", f"{_JOBS}:part", 15.0),
        Job("edit", f"{_JOBS}:edit", 15.0),
        Job("export", f"{_JOBS}:export", 20.0),
        Job("quiz", "chalkgrad.serve.quiz:quiz", 15.0),
        Job("hint", "chalkgrad.serve.quiz:hint", 10.0),
        Job("audit", f"{_JOBS}:audit", 30.0),
        Job("train_open", f"{_TRAINING}:open_run", 20.0, public=False),
        Job("train_run", f"{_TRAINING}:run", 15.0, public=False),
        Job("train_working", f"{_TRAINING}:working", 15.0, public=False),
    )
}
