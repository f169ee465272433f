"""The process that owns the engine, and its supervisor in the server process.

protocol      what the two say to each other: JSON lines on a pipe
supervisor    starts, feeds, watches, cancels and kills the worker (server process; imports no pixels)
child         one worker process, and the line to it
standstill    when a worker that lives does not get on with its job
outcome       a finished job as the contract shows it
main          the worker: one job at a time, a thread that listens, a heartbeat
take          one job carried out: footage opened, canvases painted, a file written
play          a shot, frame by frame
segments      what a long job has painted, kept for another attempt
resuming      an engine that does not paint again what was painted
pace          how far a job is, and how long it will still take
wear          when a worker has done enough
lookout       a process that looks into uploads, each in a child of its own
probe         a short-lived process that looks into one
confined      what such processes may not do
portraits     a short-lived process that chooses the stills of a character
variants      a short-lived process that makes thumbnails and frames of a finished video
"""
