"""Pictures of a board's characters: sent to a model that takes them, and honestly noted where none does."""

import hashlib
import json
import threading
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pydantic import ValidationError

from cutaway import Cutaway, wire
from cutaway.hosts.otio_file import FileHost
from cutaway.storyboard.card import BoardLook, Card, CardReference, CardState, Character, Placement, Role
from cutaway.storyboard.footage import Footage
from cutaway.storyboard.produce import Production, produce
from cutaway.storyboard.request import request_for
from cutaway.storyboard.sheet import Sheet
from cutaway.timeline.index import Index
from cutaway.wire import ModelInfo, Verb


def model(name, references=0, **more):
    return ModelInfo(id=name, verbs=dict.fromkeys(Verb, "native"), references=references, **more)


WHOLE, WORDS, DRAFT = model("whole", references=3), model("words"), model("draft", preview=True)


def png(text):
    return b"\x89PNG\r\n\x1a\n " + text.encode()


@pytest.fixture
def board(tmp_path):
    """A board of two shots with two characters, whose pictures lie beside it."""
    folder = tmp_path / "board"
    folder.mkdir()
    for name in ("mia-1.png", "mia-2.png", "leo.png", "umbrella.png"):
        (folder / name).write_bytes(png(name))
    sheet = Sheet.of_prompts("b", ["Mia meets Leo in the rain", "an empty street"], size="64x36", rate=24, seconds=0.25)
    mia = Character(name="Mia", description="a girl in a yellow raincoat", images=["mia-1.png", "mia-2.png"])
    sheet.look.characters = [mia, Character(name="Leo", images=["leo.png"])]
    return folder, sheet


@pytest.fixture
def asked(board):
    """What the board's cards ask of a server with these models."""
    folder, sheet = board
    index = Index.of(sheet.timeline(folder))

    def ask(models, **look):
        with Footage(index) as footage:
            cards = sheet.cards(index, folder)
            shared = sheet.look_in(folder).model_copy(update=look)
            return [request_for(card, footage, shared, models) for card in cards]

    return ask


def names(request):
    return [path.rpartition("/")[2] for path in request.arguments.get("references", [])]


def test_pictures_go_to_a_model_that_takes_them_by_whole_paths(asked, board):
    first, second = asked([DRAFT, WORDS, WHOLE])
    assert names(first) == ["mia-1.png", "leo.png", "mia-2.png"], "one of each before a second of any"
    assert first.arguments["references"][0] == str(board[0] / "mia-1.png")
    assert "Mia: a girl in a yellow raincoat" in first.arguments["prompt"]
    assert first.notes == ()
    assert "references" not in second.arguments, "nobody is named in that shot"
    assert second.notes == ()


def test_what_a_model_does_not_take_is_noted(asked):
    first, _ = asked([WHOLE.model_copy(update={"references": 2})])
    assert names(first) == ["mia-1.png", "leo.png"]
    assert first.notes == ("1 of 3 pictures were not sent: the best model here takes only 2 of them",)
    first, _ = asked([DRAFT, WORDS])
    assert names(first) == []
    assert first.notes == ("3 of 3 pictures were not sent: the best model here takes no pictures of characters",)


def test_the_model_that_was_named_decides(asked):
    first, _ = asked([WORDS, WHOLE], model="words")
    assert first.notes == ("3 of 3 pictures were not sent: model words takes no pictures of characters",)
    assert len(names(asked([WORDS, WHOLE], model="whole")[0])) == 3
    assert names(asked([WHOLE.model_copy(update={"installed": False})])[0]) == []


def test_before_a_server_is_asked_the_note_promises_nothing(asked):
    first, second = asked(None)
    assert first.notes == ("pictures that go along if the model takes them: 3",)
    assert "references" not in first.arguments
    assert second.notes == ()


def test_the_subject_of_a_card_comes_first(board):
    folder, sheet = board
    index = Index.of(sheet.timeline(folder))
    card = sheet.cards(index, folder)[0]
    card.references = [CardReference(role=Role.SUBJECT, path=str(folder / "umbrella.png"))]
    with Footage(index) as footage:
        request = request_for(card, footage, sheet.look_in(folder), [WHOLE])
    assert names(request) == ["umbrella.png", "mia-1.png", "leo.png"]
    assert request.notes == ("1 of 4 pictures were not sent: the best model here takes only 3 of them",)


def test_what_a_board_tells_a_model_goes_with_every_card(asked, board):
    told = {"profile": "fast", "steps": 6, "guidance": 0.0, "expand_prompt": True, "allow_degraded": True}
    for request in asked([WHOLE], **told):
        assert {name: request.arguments[name] for name in told} == told
    assert not told.keys() & asked([WHOLE])[0].arguments.keys()


def test_what_a_card_says_itself_wins_over_its_board():
    board = BoardLook(profile="fast", steps=6, allow_degraded=True)
    card = Card(kind=Verb.FILL, placement=Placement(track=0, start=0, frames=8), steps=20, guidance=1.5)
    assert card.told(board) == {"profile": "fast", "steps": 20, "guidance": 1.5, "allow_degraded": True}
    card.allow_degraded = False
    assert "allow_degraded" not in card.told(board)
    assert Card(kind=Verb.FILL, placement=card.placement).told(BoardLook()) == {}
    with pytest.raises(ValidationError):
        card.steps = 0


def test_a_board_that_is_painted_otherwise_is_another_board(board):
    folder, sheet = board
    index = Index.of(sheet.timeline(folder))

    def ids(**look):
        other = sheet.model_copy(update={"look": sheet.look.model_copy(update=look)})
        return [card.id for card in other.cards(index, folder)]

    assert ids() == ids(allow_degraded=True), "consent changes nothing that was made already"
    for look in ({"profile": "fast"}, {"expand_prompt": True}, {"steps": 6}, {"guidance": 0.0}):
        assert not set(ids()) & set(ids(**look))


class Handler(BaseHTTPRequestHandler):
    """A server of videos that takes as many pictures as it publishes; its jobs fail, since nobody paints here."""

    def log_message(self, *args):
        pass

    def answer(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("x-should-retry", "false")
        self.end_headers()
        self.wfile.write(content)

    def refuse(self, message, status=400):
        self.answer(status, {"error": {"message": message, "type": "x", "param": None, "code": "invalid_request"}})

    def do_GET(self):
        models = [info.model_dump(mode="json") for info in self.server.models]
        if self.path == "/v1/cutaway/capabilities":
            return self.answer(200, {"dialect": "cutaway", "version": "1", "models": models})
        if self.path == "/v1/models":
            self.server.asked += 1
            return self.answer(200, {"object": "list", "data": models})
        if self.path.partition("?")[0].startswith("/v1/videos/"):
            return self.answer(200, self.video(wire.State.FAILED))
        return self.refuse(f"no route {self.path}", 404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/files":
            head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
            parts = BytesParser().parsebytes(head + body).get_payload()
            content = next(part.get_payload(decode=True) for part in parts if part.get_filename())
            name = f"file_{hashlib.sha256(content).hexdigest()[:8]}"
            self.server.files[name] = content
            return self.answer(200, {"id": name, "object": "file", "bytes": len(content)})
        request = wire.VideoCreate.model_validate_json(body)
        pictures = [reference.file_id for reference in request.cutaway.references]
        if len(pictures) > max(info.references for info in self.server.models):
            return self.refuse("more pictures than a model takes")
        if unknown := set(pictures) - self.server.files.keys():
            return self.refuse(f"no file {unknown}", 404)
        self.server.created.append((request.prompt, [self.server.files[name] for name in pictures]))
        return self.answer(200, self.video(wire.State.QUEUED))

    @staticmethod
    def video(state):
        error = {"code": "no_painter", "message": "nobody paints here"} if state is wire.State.FAILED else None
        about = wire.Details(state=state)
        video = wire.Video(id="video_1", status=wire.STATUS_OF[state], error=error, cutaway=about)
        return video.model_dump(mode="json")


@pytest.fixture
def server():
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    httpd.models, httpd.files, httpd.created, httpd.asked = [DRAFT, WHOLE], {}, [], 0
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield httpd
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.fixture
def produced(board, server, tmp_path, monkeypatch):
    """The board's cards after a run against the server."""
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path / "home"))
    folder, sheet = board

    def run():
        document = sheet.timeline(folder)
        path = tmp_path / "cut.otio"
        document.save(path)
        host = FileHost(path)
        index = Index.of(document)
        host.project.contents.look = sheet.look_in(folder)
        host.project.put(*sheet.cards(index, folder))
        with Cutaway(f"http://127.0.0.1:{server.server_port}", "key") as client:
            return list(produce(Production(host.project, index, client), host.project.cards))

    return run


def test_a_board_with_pictures_of_its_characters_sends_them(produced, server):
    cards = produced()
    assert dict(server.created) == {
        "Mia meets Leo in the rain. Mia: a girl in a yellow raincoat": [
            png("mia-1.png"),
            png("leo.png"),
            png("mia-2.png"),
        ],
        "an empty street": [],
    }
    assert [card.notes for card in cards] == [[], []]
    assert [card.state for card in cards] == [CardState.FAILED] * 2
    assert "nobody paints here" in cards[0].error
    assert server.asked == 1, "the server is asked once what its models take"


def test_where_no_model_takes_them_none_is_uploaded_and_the_card_says_so(produced, server):
    server.models = [DRAFT, WORDS]
    cards = produced()
    assert [pictures for _, pictures in server.created] == [[], []]
    assert server.files == {}
    assert cards[0].notes == ["3 of 3 pictures were not sent: the best model here takes no pictures of characters"]
    assert cards[1].notes == []


def test_a_picture_that_is_gone_fails_its_card_and_no_other(produced, server, board):
    (board[0] / "leo.png").unlink()
    first, second = produced()
    assert first.state is CardState.FAILED
    assert "leo.png" in first.error
    assert len(server.created) == 1
    assert "nobody paints here" in second.error


def test_a_board_without_pictures_asks_no_server_about_models(produced, server, board):
    board[1].look.characters = [Character(name="Mia", description="a girl")]
    produced()
    assert server.asked == 0
    assert len(server.created) == 2


def test_the_look_of_a_board_keeps_everything_but_where_pictures_lie(board):
    folder, sheet = board
    look = sheet.look_in(folder)
    assert isinstance(look, BoardLook)
    assert [c.name for c in look.characters] == ["Mia", "Leo"]
    assert sheet.look.characters[0].images == ["mia-1.png", "mia-2.png"], "the board itself is not changed"
