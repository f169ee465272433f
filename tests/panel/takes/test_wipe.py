"""Where pictures lie when they are compared."""

import pytest

from cutaway_panel.takes.wipe import Box, column, fitted, halves, split_at, takes_hold


@pytest.mark.parametrize(
    ("room", "shape"), [((800, 400), (16, 9)), ((400, 800), (16, 9)), ((301, 77), (9, 16)), ((5, 5), (2048, 858))]
)
def test_a_picture_fits_whole_in_the_middle_and_keeps_its_shape(room, shape):
    box = fitted(Box(10, 20, *room), *shape)
    assert box.x >= 10
    assert box.right <= 10 + room[0]
    assert box.y >= 20
    assert box.y + box.height <= 20 + room[1]
    assert abs(box.width / box.height - shape[0] / shape[1]) <= max(shape[0] / shape[1] / box.height, 1 / box.height)
    assert box.width == room[0] or box.height == room[1]
    assert abs((box.x - 10) - (10 + room[0] - box.right)) <= 1


def test_no_room_is_no_picture():
    assert fitted(Box(0, 0, 0, 90), 16, 9).width == 0
    assert fitted(Box(0, 0, 90, 90), 0, 9).width == 0


def test_at_the_ends_of_the_split_one_of_both_is_seen_whole():
    box = Box(7, 0, 100, 50)
    assert column(box, 0.0) == 7
    assert column(box, 1.0) == 107
    assert column(box, 2.0) == 107


@pytest.mark.parametrize("x", [7, 8, 50, 106, 107])
def test_the_split_lies_where_it_was_dragged_to(x):
    box = Box(7, 0, 100, 50)
    assert column(box, split_at(box, x)) == x


def test_beyond_the_picture_the_split_stays_at_its_edge():
    box = Box(7, 0, 100, 50)
    assert split_at(box, -30) == 0.0
    assert split_at(box, 900) == 1.0


def test_the_pointer_takes_hold_only_near_the_split():
    box = Box(0, 0, 100, 50)
    assert takes_hold(box, 0.5, 55)
    assert not takes_hold(box, 0.5, 80)


def test_two_pictures_are_of_one_size_and_do_not_touch():
    for box in (Box(0, 0, 401, 200), Box(0, 0, 100, 401)):
        a, b = halves(box, 6)
        assert (a.width, a.height) == (b.width, b.height)
        assert b.x - a.right == 6 or b.y - (a.y + a.height) == 6
