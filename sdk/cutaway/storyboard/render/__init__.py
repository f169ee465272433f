"""A manifest of assets, rendered only where changed.

yaml_source   the manifest's text: values, and the line each stands on
manifest      what may stand in it (pydantic; the published schema is drawn from it)
placeholders  ${{ matrix.colour }} and its kin
unit          one thing to be made: a call of the client and the inputs it takes
expansion     assets, matrices and boards become units
hashes        content of files, hashed once
cache         what was made before, by content: a folder or any fsspec URL
lock          what this manifest came to the last time
ledger        jobs that are paid for and not fetched yet
pace          how long things took, for estimates and budgets
budget        what a run may spend
plan          each unit: fresh, restored from the cache, or made, and why
making        units become files
joins         where a result meets its source, measured
cuts          an OTIO file whose gaps are filled, through the same cache
outcome       what came of each unit
reports       report.json, report.xml
page          index.html and contact.png
stamp         a run that would change nothing, recognised in milliseconds
run           all of it, from top to bottom
"""
