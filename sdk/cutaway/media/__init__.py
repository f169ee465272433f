"""Pictures and video, PyAV in one place (extra: `media`).

    sniff     what a file is, by its first bytes          (standard library only)
    size      which sizes a format can hold               (standard library only)
    probe     what is in it: size, rate, exact frame count
    decode    Clip: frames by number
    conform   a clip as a plate of another size and rate
    encode    Writer: frames in, a finished file out
    picture   thumbnails, sprite sheets, contact sheets

Frames are RGB uint8: one (H, W, 3), several (T, H, W, 3). Ranges are half-open, rates are exact.
"""
