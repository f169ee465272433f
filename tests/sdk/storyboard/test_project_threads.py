"""A project that several threads change at once."""

import threading

from cutaway.storyboard.card import Card, Placement, Take
from cutaway.storyboard.project import Project
from cutaway.wire import Verb


def a_card(start):
    return Card(kind=Verb.FILL, placement=Placement(track=0, start=start, frames=10))


def test_nothing_is_lost_and_nobody_ever_sees_half_of_it(tmp_path):
    project = Project(tmp_path / "project")
    cards = [a_card(1000 - n) for n in range(40)]
    project.put(*cards)
    name, errors, done = cards[0].id, [], threading.Event()

    def takes(worker):
        for n in range(10):
            take = Take(id=f"{worker}-{n}", path="x.mov", available_frames=10, used_frames=10)
            project.change(name, lambda card, take=take: {"takes": [*card.takes, take]})

    def puts():
        for n in range(10):
            project.put(a_card(n))

    def reads():
        while not done.is_set():
            if len(project.cards) < 40:
                errors.append(len(project.cards))
            project.card(name)

    reader = threading.Thread(target=reads)
    writers = [threading.Thread(target=takes, args=[n]) for n in range(4)] + [threading.Thread(target=puts)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    again = Project(tmp_path / "project")
    assert errors == []
    assert len(again.cards) == 50
    assert {take.id for take in again.card(name).takes} == {f"{w}-{n}" for w in range(4) for n in range(10)}


def test_an_object_that_goes_on_as_another_one_has_what_that_one_changes(tmp_path):
    one = Project(tmp_path / "project")
    one.put(card := a_card(5))
    other = Project(tmp_path / "project")
    other.go_on_as(one)
    one.change(card.id, written=False, prompt="a door")
    assert other.card(card.id).prompt == "a door"
    other.write()
    assert Project(tmp_path / "project").card(card.id).prompt == "a door"
