"""The verbs that make videos, asynchronous. `making.py` has the same ones blocking; a test keeps them equal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from cutaway.client.keywords import (
    Blending,
    Creating,
    CreatingAndPolling,
    Editing,
    Extending,
    Filling,
    Looping,
    spelled_out,
)

if TYPE_CHECKING:
    from cutaway.client.media_input import MediaInput
    from cutaway.client.operations import VideoOperations
    from cutaway.client.video import AsyncVideo
    from cutaway.wire import Estimate


class AsyncVideoMaking:
    """The verbs that make videos."""

    def __init__(self, logic: VideoOperations[AsyncVideo]) -> None:
        self._logic = logic

    @spelled_out(Creating)
    async def create(self, *, prompt: str = "", **asked: Unpack[Creating]) -> AsyncVideo:
        """Ask for a video of `prompt`, and return the job at once.

        `seconds` and `size` ("1280x720") are the contract's; `num_frames` at `rate` is exact and wins over
        `seconds`. `first_frame` (the contract calls it `input_reference`) and `last_frame` pin the ends,
        `keyframes` pins pictures to frame numbers (-1 is the last), and with `loop` the end joins the
        start. `prompt` can be left out where frames or cards say what is seen. `cards` tell one video in several:

            cards=[{"at": 0, "prompt": "a ball"}, {"at_s": 2, "prompt": "it bursts"}, {"at": -1, "image": "end.png"}]

        Values that the model had to change are listed in `video.cutaway.adjustments`.

        Raises:
            BadRequest: a value that is not allowed; `param` names it.
            UnsupportedCapability: this server has no word for something asked.
            SubmitUnknown: the request left and no answer came; its `recover()` finds the job.
        """
        return await self._logic.create(prompt=prompt, **asked)

    @spelled_out(CreatingAndPolling)
    async def create_and_poll(self, *, prompt: str = "", **asked: Unpack[CreatingAndPolling]) -> AsyncVideo:
        """`create`, then `poll`: the finished video. The contract's helper returns failed jobs; this one raises.

        `timeout` bounds the requests, `wait_timeout` the wait; both in seconds. Without
        `poll_interval_ms` the server's events are followed where it has them.

        Raises:
            JobFailed: it ended without a video.
            WaitTimeout: `wait_timeout` has passed; the job goes on.
        """
        return await self._logic.create_and_poll(prompt=prompt, **asked)

    @spelled_out(Creating)
    async def estimate(self, *, prompt: str = "", **asked: Unpack[Creating]) -> Estimate:
        """What `create` with the same keywords would come to: checked and planned by the server, and not made.

        What it does not know is None. References are uploaded, as `create` would; no job comes of it.

        Raises:
            BadRequest: a value that `create` would refuse too.
            UnsupportedCapability: this server cannot say without making it.
        """
        return await self._logic.estimate(prompt=prompt, **asked)

    @spelled_out(Editing)
    async def edit(self, *, prompt: str, video: MediaInput, **asked: Unpack[Editing]) -> AsyncVideo:
        """Make `video` anew as `prompt` says: same length, same rate.

        `strength` is how far to go from it: 0 keeps it, 1 forgets it. With `source_range` only those
        frames change (source time, `end` exclusive).

        Raises:
            BadRequest: a value that is not allowed; `param` names it.
            UnsupportedCapability: this server has no word for something asked.
        """
        return await self._logic.edit(prompt=prompt, video=video, **asked)

    @spelled_out(Extending)
    async def extend(self, *, video: MediaInput, prompt: str = "", **asked: Unpack[Extending]) -> AsyncVideo:
        """Go on with `video`, forward from its end or backward from its start.

            | A |  ->  | A |new|            direction="backward":  |new| A |

        `seconds`, or exactly `num_frames`, is what is added. The model sees `context_frames` frames at
        the join. The result is both together, or only the new part with output="segment".

        Raises:
            BadRequest: a value that is not allowed; `param` names it.
            UnsupportedCapability: this server has no word for something asked.
        """
        return await self._logic.extend(video=video, prompt=prompt, **asked)

    @spelled_out(Editing)
    async def remix(self, video_id: MediaInput, *, prompt: str, **asked: Unpack[Editing]) -> AsyncVideo:
        """Make a video anew as `prompt` says. A text is a video's id; a file is given as a Path.

        With nothing but a prompt this is the contract's older POST /videos/{id}/remix; anything more is an
        `edit` of that video.

        Raises:
            NotFound: there is no such video.
            BadRequest: a value that is not allowed; `param` names it.
        """
        return await self._logic.remix(video_id=video_id, prompt=prompt, **asked)

    @spelled_out(Filling)
    async def fill(
        self, before: MediaInput, after: MediaInput, *, prompt: str = "", **asked: Unpack[Filling]
    ) -> AsyncVideo:
        """Fill the gap between two shots with `num_frames` frames.

            | A |gap| B |  ->  | A |new| B |

        The model sees the last `tail_frames` of `before` and the first `head_frames` of `after`. The
        result is all three together, or only the new part with output="segment".

        Raises:
            BadRequest: a value that is not allowed; `param` names it.
            UnsupportedCapability: this server cannot fill.
        """
        return await self._logic.fill(before=before, after=after, prompt=prompt, **asked)

    @spelled_out(Blending)
    async def blend(
        self, first: MediaInput, second: MediaInput, *, prompt: str = "", **asked: Unpack[Blending]
    ) -> AsyncVideo:
        """Turn the end of one shot into the start of another over `overlap_frames` frames.

            | A |      ->  | A |A+B| B |
              | B |

        Raises:
            BadRequest: a value that is not allowed; `param` names it.
            UnsupportedCapability: this server cannot blend.
        """
        return await self._logic.blend(first=first, second=second, prompt=prompt, **asked)

    @spelled_out(Looping)
    async def loop(self, video: MediaInput, *, prompt: str = "", **asked: Unpack[Looping]) -> AsyncVideo:
        """Make a shot run in a circle: its last frame leads into its first.

        Raises:
            BadRequest: a value that is not allowed; `param` names it.
            UnsupportedCapability: this server cannot loop.
        """
        return await self._logic.loop(video=video, prompt=prompt, **asked)
