"""The vocabulary of the draft engine: what it can show, and the words for it in three languages.

Each JSON file beside this one holds one kind of word. An entry says what a word means and lists
the words for it under "en", "ko" and "ja". A trailing "~" marks a stem that takes endings
("달리~": 달린다, 달리는; "走~": 走る, 走って). `emojibase.json` is derived, all else is written by hand.
"""
