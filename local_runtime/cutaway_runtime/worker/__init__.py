"""The process that owns the engine, and its supervisor in the server process.

protocol      what the two say to each other: JSON lines on a pipe
supervisor    starts, feeds, watches, cancels and kills the worker (server process; imports no pixels)
child         one worker process, and the line to it
main          the worker: one job at a time, a thread that listens, a heartbeat
take          one job carried out: footage opened, canvases painted, a file written
probe         a short-lived process that looks into an upload
stills        a short-lived process that makes thumbnails and frames of a finished video
"""
