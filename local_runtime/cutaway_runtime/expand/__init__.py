"""Prompts written out before they are painted, as captions of training footage are: off unless a request asks for it.

instruction.py   what a language model is told, and what of its answer is used
chat.py          asked at an OpenAI-compatible address
local.py         asked in this process, from a folder of safetensors
expander.py      which of both, by environment; the same question gets the same answer
"""
