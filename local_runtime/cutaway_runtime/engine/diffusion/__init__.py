"""Real models: canvases painted by the families of `cutaway_runtime.models`, on diffusers.

info.py         what an installed checkpoint can do, known without loading it
engine.py       canvas -> embeddings -> latents -> frames
routes.py       which pattern a model is shown for the pattern a canvas has
components.py   the parts of checkpoints in memory, the least recently used leaving first
latents.py      what was denoised, kept until it is decoded
"""
