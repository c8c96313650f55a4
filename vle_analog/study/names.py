"""Valid names of populations, projections and stimuli: they become nets and instances of a netlist."""

import hashlib
import re
import unicodedata

from vle_analog.study.findings import Findings, KeyPath

LONGEST = 40
_PLAIN = re.compile(r"[a-z][a-z0-9_]*")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words with a meaning in ngspice wherever an expression or a net may stand (manual, chapters 2, 5 and 13).
_FUNCTIONS = _words(
    "abs acos acosh agauss and asin asinh atan atan2 atanh aunif boltz buf c ceil cos cosh cph ddt defined derivative "
    "div e echarge exp fabs false floor gauss gt hypot i ternary idt if im int integ inv j kelvin le length limit lin "
    "ln log log10 lt mag magnitude max mean min mod ne nint no norm not or pi ph phase planck poly pow pulse pwl pwr "
    "pwrs re real rint rms round sffm sgn sign sin sinh sqr sqrt stddev sum table tan tanh trunc true u2 unif unitvec "
    "uramp var vec vector yes"
)
_WORDS = _words(
    "0 ac all altermod alter control dc delete destroy echo end endc endl ends freq frequency func global gnd hertz ic "
    "include let lib load meas model none noise nodeset op options param plot print quit run save set shell source "
    "subckt tc temp temper time title tnom tran trnoise write"
)
_NETS = _words("cm error hold loss supply target teacher vcm vdd vss")
_KINDS = _words("b e h n r u v w")
_RESERVED = {
    **dict.fromkeys(_KINDS, "is the name of a kind of signal"),
    **dict.fromkeys(_NETS, "is the name of a net of every circuit"),
    **dict.fromkeys(_WORDS, "means something else to ngspice"),
    **dict.fromkeys(_FUNCTIONS, "is a function or constant of ngspice"),
}


def why_not(name: str) -> str:
    """Return the reason for which a name is refused; empty where it is valid."""
    if not name:
        return "the name is empty"
    if not _PLAIN.fullmatch(name):
        return "the name is not a plain identifier"
    if len(name) > LONGEST:
        return f"the name is longer than {LONGEST} characters"
    if name in _RESERVED:
        return f"the name is reserved: '{name}' {_RESERVED[name]}"
    if re.search(r"_[0-9]+$", name):
        return "the name ends in '_' and digits, as the nets of single neurons do"
    return ""


def study_name(stem: str) -> str:
    """Return the name of a study, its circuit and its folder: that of its file where it is a plain identifier.

    For any other, it is made of the readable part and a digest, so that no two studies share a folder.
    """
    if _PLAIN.fullmatch(stem) and len(stem) <= LONGEST and not stem.endswith("_"):
        return stem
    written = unicodedata.normalize("NFC", stem)  # the same letters, however a file system puts accents
    digest = hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    letters = unicodedata.normalize("NFKD", written.casefold()).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^a-z0-9_]+", "_", letters).strip("_")
    readable = plain if plain[:1].isalpha() else f"study_{plain}"
    return f"{readable[: LONGEST - len(digest) - 1].strip('_')}_{digest}"


def check_name(name: str, path: KeyPath, findings: Findings) -> None:
    """Record a problem where the name of a population, projection or stimulus is refused."""
    if reason := why_not(name):
        findings.add(
            path,
            reason,
            repr(name[:60]),
            f"letters a-z, digits and _, starting with a letter, at most {LONGEST} characters",
            hint=_cure(name),
        )


def _cure(name: str) -> str:
    plain = re.sub(r"_*([0-9]+)$", r"\1", re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_"))[:LONGEST].rstrip("_")
    for candidate in (plain, f"{plain}_layer", f"n{plain}"):
        if not why_not(candidate):
            return f"for example {candidate}"
    return "for example hidden"
