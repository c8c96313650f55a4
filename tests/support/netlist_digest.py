"""One number for all texts of a study's circuit."""

import hashlib

from vle_analog import Study


def digest(name):
    study = Study.load(name, {"duration": 1.0})
    files = {"deck": study.deck().text().encode(), **study.deck().files, **study.netlist()}
    return hashlib.sha256(b"".join(name.encode() + content for name, content in sorted(files.items()))).hexdigest()
