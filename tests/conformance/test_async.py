"""The asynchronous face, once through everything."""

import asyncio

import openai
import pytest


def test_the_same_operations(runtime, small, clip):
    async def through() -> None:
        async with runtime.async_client() as client:
            videos = client.videos
            made = await asyncio.gather(*(videos.create_and_poll(**small, poll_interval_ms=50) for _ in range(3)))
            assert [video.status for video in made] == ["completed"] * 3
            assert len({video.id for video in made}) == 3
            first = made[0]
            assert (await videos.retrieve(first.id)).id == first.id
            listed = [video.id async for video in videos.list(limit=1, order="desc") if video.id == first.id]
            assert listed == [first.id]
            again = await videos.remix(first.id, prompt="again", extra_body={"model": "bars"})
            assert (await videos.poll(again.id, poll_interval_ms=50)).status == "completed"
            if hasattr(videos, "edit"):
                await videos.edit(prompt="x", video=clip, extra_body={"model": "bars"})
                await videos.extend(prompt="x", seconds="1", video=clip, extra_body={"model": "bars"})
            ranged = {"Range": "bytes=10-19"}
            async with videos.with_streaming_response.download_content(first.id, extra_headers=ranged) as stream:
                assert stream.status_code == 206
                assert len(b"".join([part async for part in stream.iter_bytes()])) == 10
            assert (await videos.delete(first.id)).deleted is True
            with pytest.raises(openai.NotFoundError):
                await videos.retrieve(first.id)

    asyncio.run(through())
