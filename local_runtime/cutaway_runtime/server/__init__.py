"""The HTTP side: routes without decisions, and what stands before and behind them.

    process       the process: lock, listen, note where, stop on a signal
    app           the routes put together, with what every request passes
    guard         Host, Origin and key
    refusal       errors, always {"error": {message, type, param, code}}
    body          JSON, multipart and urlencoded bodies, read within their limits
    fields        what was sent, as a model of the wire; relatives: by the names that other servers have for it
    uploads       files taken in: recognised by their bytes, probed by a process of its own
    footage       references found; remote: fetched from an address, where that is allowed
    choosing      the model that answers
    submission    a request resolved, stored and queued; casting: with the characters in it
    spoken        what a route takes and answers; openapi: the document of all of them
    videos characters content events files models outlook health        the routes, by noun

Imports no pixels: neither numpy nor PyAV, let alone torch.
"""
