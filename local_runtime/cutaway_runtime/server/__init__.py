"""The HTTP side: routes without decisions, and what stands before and behind them.

    process       the process: lock, listen, note where, stop on a signal
    app           the routes put together, with what every request passes
    guard         Host, Origin and key
    refusal       errors, always {"error": {message, type, param, code}}
    body          JSON, multipart and urlencoded bodies, read within their limits
    fields        what was sent, as a wire.VideoCreate
    uploads       files taken in: recognised by their bytes, probed by a process of its own
    submission    a request resolved, stored and queued
    videos content events files models        the routes, by noun

Imports no pixels: neither numpy nor PyAV, let alone torch.
"""
