"""Jobs on disk: what was promised, where each one stands, and what happened to it.

shelf       where the files of videos and uploads lie
tables      the schema
database    SQLite or PostgreSQL: everything in which they differ
schema      the database opened, made or migrated
job         one job as it is stored, and as the contract shows it
ledger      SQL that reads
store       SQL that writes: every change is one transaction
roster      the characters among what is written
keys        idempotency keys
leases      who works on a job, where several servers share them
queue       the same for an event loop, with a wake-up for whoever waits
"""
