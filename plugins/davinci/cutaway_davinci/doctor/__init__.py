"""Why the panel does not reach Resolve, and what to do about it: seventeen checks.

finding       levels, a check with everything it can find, a finding
questioned    Resolve asked in a process that can be killed, step by step
scene         what is looked at: the machine, what Resolve said, the interpreters, the processes
application, connection, project, menu, desktop, media    the checks
sheet         all of them in order, their carrying out, the table
"""
