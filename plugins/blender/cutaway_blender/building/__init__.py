# SPDX-License-Identifier: GPL-3.0-or-later
"""How the extension is made: a part of the `cutaway` distribution, and not of the extension itself."""
