"""Characters in the database: names of their own, keys, and a database from before there were any."""

import time

import pytest
from sqlalchemy import inspect, text

from cutaway.wire import Character, CharacterDetails, MediaFacts, State, Video
from cutaway_runtime.jobs.database import engine_of
from cutaway_runtime.jobs.intake import NewJob
from cutaway_runtime.jobs.keys import KeyReused
from cutaway_runtime.jobs.roster import NameTaken, NewCharacter
from cutaway_runtime.jobs.schema import migrate
from cutaway_runtime.jobs.shelf import new_character_id, new_video_id
from cutaway_runtime.jobs.store import Store
from cutaway_runtime.names import folded


@pytest.fixture
def store(place):
    opened = Store(place)
    yield opened
    opened.close()


def somebody(name, *, digest="d", key=None, repeat=False):
    media = MediaFacts(kind="image", width=64, height=36)
    details = CharacterDetails(description=f"{name} as words", pictures=3, media=media)
    made = Character(id=new_character_id(), name=name, cutaway=details)
    return NewCharacter(made, folded(name), digest, key, repeat)


def test_what_is_stored_is_read_again(store):
    new = somebody("Mina Kim")
    made, replayed = store.roster.add(new)
    assert not replayed
    assert store.character(made.id) == made
    assert (made.name, made.cutaway.pictures, made.cutaway.media.width) == ("Mina Kim", 3, 64)
    assert made.created_at == pytest.approx(time.time(), abs=5)
    assert store.characters() == [made]


def test_a_name_is_free_again_when_its_bearer_is_gone(store):
    first, _ = store.roster.add(somebody("Mina"))
    with pytest.raises(NameTaken) as taken:
        store.roster.add(somebody("MINA", digest="e"))
    assert taken.value.character.id == first.id
    assert store.roster.bury(first.id)
    assert not store.roster.bury(first.id)
    assert store.character(first.id) is None
    second, _ = store.roster.add(somebody("MINA", digest="e"))
    assert [one.id for one in store.characters()] == [second.id]


def test_one_key_one_request(store):
    first, _ = store.roster.add(somebody("Mina", key="k"))
    again, replayed = store.roster.add(somebody("Mina", key="k"))
    assert (again.id, replayed) == (first.id, True)
    assert store.roster.earlier("d", "k", "mina", repeat=False) == first
    with pytest.raises(KeyReused):
        store.roster.add(somebody("Nora", digest="e", key="k"))
    with pytest.raises(KeyReused):
        store.create(NewJob(Video(id=new_video_id()), "{}", "d", "k"))
    store.create(NewJob(Video(id=new_video_id()), "{}", "v", "of-a-video"))
    with pytest.raises(KeyReused):
        store.roster.add(somebody("Nora", digest="v", key="of-a-video"))


def test_a_retry_without_a_key_is_answered_with_the_first_try(store):
    first, _ = store.roster.add(somebody("Mina"))
    again, replayed = store.roster.add(somebody("Mina", repeat=True))
    assert (again.id, replayed) == (first.id, True)
    with pytest.raises(NameTaken):
        store.roster.earlier("another digest", None, "mina", repeat=True)


def test_stills_are_needed_as_long_as_a_job_waits(store):
    mina, _ = store.roster.add(somebody("Mina"))
    store.roster.bury(mina.id)
    job, _ = store.create(NewJob(Video(id=new_video_id()), f'{{"cast": "{mina.id}"}}', "d"))
    assert store.unused_characters([mina.id, "char_unknown"]) == ["char_unknown"]
    store.move(job.id, State.CANCELLED)
    assert store.unused_characters([mina.id]) == [mina.id]


def test_a_database_from_before_characters_opens_and_keeps_its_jobs(place):
    engine = engine_of(place)
    migrate(engine, "0001")
    with engine.begin() as connection:
        assert "characters" not in inspect(connection).get_table_names()
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "0001"
        video = Video(id="video_" + "a" * 24, prompt="old").model_dump_json(exclude_none=True)
        connection.execute(
            text(
                "INSERT INTO jobs (id, state, version, attempt, progress, created_at, video, spec, digest, deleted) "
                "VALUES (:id, 'queued', 1, 0, 0, 1.0, :video, '{}', 'd', false)"
            ),
            {"id": "video_" + "a" * 24, "video": video},
        )
        connection.execute(
            text("INSERT INTO keys VALUES ('k', 'd', :id, :now)"), {"id": "video_" + "a" * 24, "now": time.time()}
        )
    engine.dispose()
    store = Store(place)
    try:
        assert store.job("video_" + "a" * 24).video().prompt == "old"
        assert store.earlier("d", "k", repeat=False).id == "video_" + "a" * 24
        mina, _ = store.roster.add(somebody("Mina"))
        assert store.character(mina.id) == mina
        with pytest.raises(NameTaken):
            store.roster.add(somebody("mina", digest="e"))
    finally:
        store.close()
