# SPDX-License-Identifier: GPL-3.0-or-later
"""What all verbs share: when they may run, what they are given, and how they end.

Nothing here but the standard library and bpy is imported before a verb runs. 'UNDO' is in no bl_options: the host
pushes a step with a name of its own, and a verb that asks a server is not done again by the redo panel.
"""

from typing import TYPE_CHECKING, Any

import bpy

from .. import busy, compat, jobs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cutaway.storyboard.card import Card
    from cutaway.wire import Verb

    from ..host import BlenderHost
    from ..session import Session


class OnDesk:
    """An operator that asks the desk. `carry_out` returns what is to be said.

    Errors that cutaway raises on purpose are reported in their own words; nothing was done then.
    """

    bl_options = {"REGISTER"}  # noqa: RUF012 - as Blender wants it
    needs_strips = True

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Whether it may run; why not stands in the tooltip."""
        why = cls.obstacle(context)
        if why:
            cls.poll_message_set(why)  # type: ignore[attr-defined]
        return not why

    @classmethod
    def obstacle(cls, context: Any) -> str:
        """Why it may not run; "" where it may."""
        if doing := busy.reason():
            return f"Blender is {doing}"
        editor = compat.editor(compat.edit_scene(context))
        if cls.needs_strips and (editor is None or not len(compat.strips(editor))):
            return "This sequence has no strips yet"
        return ""

    @classmethod
    def scene_of(cls, context: Any) -> Any:
        """The scene it works on: the one whose sequence is seen."""
        return compat.edit_scene(context)

    def execute(self, context: Any) -> set[str]:
        """Runs it, and reports."""
        from cutaway.errors import CutawayError

        desk = jobs.session()
        try:
            scene = self.scene_of(context)
            desk.read(scene)
            said = self.carry_out(desk, desk.host(scene))
        except CutawayError as error:
            desk.say(str(error))
            jobs.redraw()
            self.report({"ERROR"}, str(error))  # type: ignore[attr-defined]
            return {"CANCELLED"}
        if said:
            desk.say(said)
            self.report({"INFO"}, said)  # type: ignore[attr-defined]
        jobs.redraw()
        return {"FINISHED"}

    def carry_out(self, desk: "Session", host: "BlenderHost") -> str:
        """What the verb does; a sentence of it.

        Raises:
            CutawayError: it was not done.
        """
        raise NotImplementedError


class OnCard(OnDesk):
    """A verb for one card: the one that is named, else the one that is chosen in the panel."""

    needs_strips = False
    card: bpy.props.StringProperty(name="Card", description="Its id; the chosen one if empty", options={"SKIP_SAVE"})  # type: ignore[valid-type]

    @classmethod
    def obstacle(cls, context: Any) -> str:
        """Also where no card is chosen; a named one is looked for when it runs."""
        return super().obstacle(context)

    def chosen(self, host: "BlenderHost") -> "Card":
        """The card.

        Raises:
            TimelineError: there is none.
        """
        from cutaway.errors import TimelineError

        wanted = self.card or bpy.context.window_manager.cutaway.card
        if not wanted:
            raise TimelineError("no card is chosen; choose one in the Cutaway tab")
        return host.project.card(wanted)


class Asking(OnDesk):
    """A verb that becomes cards: with words, and made at once unless the editor wants to look first."""

    prompt: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Words", description="What should be seen", options={"SKIP_SAVE"}
    )
    model: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Model", description="Which model makes it; the server's own choice if empty"
    )
    start: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Generate now", description="Else only a card is made, to be read and made later", default=True
    )

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Asks for the words first."""
        return set(context.window_manager.invoke_props_dialog(self, width=420))

    def carry_out(self, desk: "Session", host: "BlenderHost") -> str:
        """The cards of the verb on the board, and under way."""
        return self.asked(desk, host, self.cards(host))

    def cards(self, host: "BlenderHost") -> "Sequence[Card]":
        """What is asked for.

        Raises:
            EditRefused: that cannot be asked for here.
        """
        raise NotImplementedError

    def asked(self, desk: "Session", host: "BlenderHost", cards: "Sequence[Card]") -> str:
        """Puts cards on the board and, if they are to be made now, a placeholder of each into the sequence."""
        from cutaway.errors import EditRefused
        from cutaway.storyboard.card import CardState
        from cutaway.storyboard.plan import named_card

        known = {card.id: card for card in host.project.cards}
        cards = [known.get(card.id, card) for card in map(named_card, cards)]
        if any(card.locked for card in cards):
            raise EditRefused("the card of this place is locked; unlock it, or ask for another place")
        for card in cards:
            card.prompt, card.model = self.prompt or card.prompt, self.model or card.model
            card.state = CardState.READY if card.state is CardState.DRAFT and card.prompt else card.state
        if self.start:
            begun(host, cards)
        host.project.put(*cards)
        bpy.context.window_manager.cutaway.card = cards[0].id if cards else ""
        if self.start:
            from .. import placeholders

            desk.make(host, *(card.id for card in cards), land=placeholders.land)
        what = ", ".join(dict.fromkeys(str(card.kind) for card in cards))
        return f"{len(cards)} x {what}: {'under way' if self.start else 'on the board'}"


def begun(host: "BlenderHost", cards: "Sequence[Card]") -> None:
    """A placeholder for each card, all as one step of undo; none where one of them cannot be placed.

    Raises:
        ConnectionFailed: the server may not be asked.
        EditRefused: a take of one of them could not be placed.
    """
    from cutaway.errors import ConnectionFailed, CutawayError

    from .. import placeholders, prefs

    if obstacle := prefs.settings().obstacle:
        raise ConnectionFailed(obstacle)
    put: list[str] = []
    with host.undo_step("Cutaway: " + ", ".join(dict.fromkeys(str(card.kind) for card in cards))):
        try:
            for card in cards:
                if not placeholders.of(host.scene, card.id):
                    put.append(card.id)
                placeholders.put(host, card)
        except CutawayError:
            placeholders.remove(host, *put)
            raise


def spot_card(host: "BlenderHost", verb: "Verb", **how: Any) -> "Card":
    """A card for a verb and what is selected, else for the playhead; in to out counts where it lies there."""
    from cutaway.storyboard.asks import card_at, pointed

    there = host.selection()
    return card_at(host.snapshot().index, verb, pointed(there.spans, there.playhead, there.marked), **how)
