"""A database for jobs, once as SQLite and once as PostgreSQL: what holds for one holds for the other."""

from itertools import count

import pytest

from cutaway_runtime.jobs.database import VARIABLE, place_of


@pytest.fixture(params=["sqlite", "postgresql"])
def make_place(request, tmp_path):
    """Where a new, empty database is."""
    if request.param == "sqlite":
        made = count()
        return lambda: tmp_path / f"jobs{next(made)}.sqlite"
    cluster = request.getfixturevalue("postgres")
    return lambda: place_of(tmp_path, {VARIABLE: cluster.url()})


@pytest.fixture
def place(make_place):
    return make_place()
