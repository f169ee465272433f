"""JSON text that can be edited without being rewritten."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.timeline.rope import Arr, JSONTextError, Leaf, Obj, joined, read, value

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
layouts = st.sampled_from([None, 1, 4, "\t"])


def to_depth(depth):
    return lambda path, _head: len(path) < depth


@given(values, layouts, st.booleans(), st.integers(0, 4))
def test_reading_and_joining_gives_back_every_character(data, indent, ascii_only, depth):
    text = json.dumps(data, indent=indent, ensure_ascii=ascii_only)
    tree = read(text, to_depth(depth))
    assert joined(tree) == text
    assert value(tree) == data


@given(st.dictionaries(st.text(), values, max_size=5), layouts, st.text(), values)
def test_setting_a_member_changes_that_member_and_no_other_character(data, indent, key, new):
    text = json.dumps(data, indent=indent)
    tree = read(text, to_depth(1))
    assert isinstance(tree, Obj)
    edited = tree.with_field(key, Leaf.of(json.dumps(new)))
    assert json.loads(joined(edited)) == {**data, key: new}
    for item in tree.fields:
        if item.key != key:
            assert item in edited.fields
    if key in data:
        old = tree.get(key)
        assert joined(edited.with_field(key, old)) == text


@given(st.dictionaries(st.text(), values, min_size=1, max_size=5), layouts, st.data())
def test_taking_a_member_out_leaves_the_others(data, indent, draw):
    key = draw.draw(st.sampled_from(sorted(data)))
    tree = read(json.dumps(data, indent=indent), to_depth(1))
    assert json.loads(joined(tree.without_field(key))) == {k: v for k, v in data.items() if k != key}


@given(st.dictionaries(st.text(), values, max_size=4), layouts, st.text(), values)
def test_a_member_added_and_taken_out_again_leaves_the_same_text(data, indent, key, new):
    tree = read(json.dumps(data, indent=indent), to_depth(1))
    if key not in data and data:
        assert joined(tree.with_field(key, Leaf.of(json.dumps(new))).without_field(key)) == joined(tree)


def test_the_spelling_of_numbers_and_odd_white_space_survive():
    text = '{ "a" :1.50e+2 ,"b":\t[ 24.0,\n24 ] , "c":-0.0}'
    tree = read(text, to_depth(1))
    assert joined(tree) == text
    assert joined(tree.with_field("b", Leaf.of("[]"))) == '{ "a" :1.50e+2 ,"b":\t[] , "c":-0.0}'


@pytest.mark.parametrize("word", ["Inf", "-Inf", "inf", "nan", "NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("depth", [0, 1])
def test_numbers_that_are_not_finite_are_read_as_such_and_kept_as_written(word, depth):
    text = f'{{"rate": {word}, "name": "Inf and nan", "next": 1}}'
    tree = read(text, to_depth(depth))
    assert joined(tree) == text
    read_value = value(tree)
    assert not math.isfinite(read_value["rate"])
    assert (read_value["name"], read_value["next"]) == ("Inf and nan", 1)


@pytest.mark.parametrize(
    "bad",
    ["", " ", "{", '{"a"', "[1,]", '{"a":1,}', '{"a":1}x', '{"a":tru}', "{'a':1}", "[" * 100_000, '{"a":Infx}', "[}"],
)
@pytest.mark.parametrize("depth", [0, 3])
def test_what_is_no_json_is_refused_with_its_place(bad, depth):
    with pytest.raises(JSONTextError, match="line 1, column"):
        read(bad, to_depth(depth))


@given(st.text(alphabet='{}[]",:01 \\nulltrueIfaN-', max_size=40), st.integers(0, 3))
def test_any_text_is_read_whole_or_refused(text, depth):
    try:
        tree = read(text, to_depth(depth))
    except JSONTextError:
        return
    assert joined(tree) == text.strip(" \t\n\r")


@given(st.lists(values, max_size=6), layouts, st.lists(values, max_size=3), st.data())
def test_a_splice_says_what_a_slice_assignment_says_and_is_undone_to_the_character(data, indent, new, draw):
    start = draw.draw(st.integers(0, len(data)))
    stop = draw.draw(st.integers(start, len(data)))
    text = json.dumps(data, indent=indent)
    array = read(text, to_depth(1))
    assert isinstance(array, Arr)
    splice = array.splice(start, stop, [Leaf.of(json.dumps(item)) for item in new])
    edited = array.spliced(splice)
    assert json.loads(joined(edited)) == [*data[:start], *new, *data[stop:]]
    assert joined(edited.spliced(splice.inverse)) == joined(array.spliced(splice, splice.inverse)) == text


def test_a_splice_is_not_done_to_another_array():
    array = read("[1, 2, 3]", to_depth(1))
    other = read("[1, 9, 3]", to_depth(1))
    splice = array.splice(1, 2, [Leaf.of("5")])
    with pytest.raises(ValueError, match="not the ones"):
        other.spliced(splice)


def test_new_elements_are_laid_out_like_their_neighbours():
    array = read(json.dumps([1, 2], indent=4), to_depth(1))
    edited = array.spliced(array.splice(1, 1, [Leaf.of("7"), Leaf.of("8")]))
    assert joined(edited) == json.dumps([1, 7, 8, 2], indent=4)
    edited = array.spliced(array.splice(0, 0, [Leaf.of("7")]))
    assert joined(edited) == json.dumps([7, 1, 2], indent=4)
