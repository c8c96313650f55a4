"""`vle-analog doctor`: which simulator is there, which processes can be used, and what is wrong."""

from typing import Any


def _other_version(facts: dict[str, Any]) -> str:
    """Return a remark where the installed version was not tested."""
    others = {facts[key] for key in ("library_version", "program_version") if facts[key]} - {*facts["tested"]}
    return f"; not with {' and '.join(sorted(others))}, which is here" if others else ""


def show(facts: dict[str, Any]) -> None:
    """Prints the facts, one line each."""
    found = {True: "yes", False: "no", None: "not found"}
    print(f"{facts['kit']}, Python {facts['python']}, PySpice {facts['pyspice_version'] or 'not found'}")
    print(f"libngspice    {facts['library'] or 'not found'}  {facts['library_version'] or ''}".rstrip())
    print(f"ngspice       {facts['program'] or 'not found'}  {facts['program_version'] or ''}".rstrip())
    print(f"tested with   ngspice {', '.join(facts['tested'])}{_other_version(facts)}")
    print(f"code models   {found[facts['code_models']]}")
    print(f"OSDI          {found[facts['osdi']]}")
    print(f"numba         {facts['numba']}")
    root = facts["PDK_ROOT"] or "not set (only needed for gf180mcu and sky130)"
    print(f"PDK_ROOT      {root}")
    for name, why_not in facts["processes"].items():
        print(f"  {name:<12}{'no: ' + why_not if why_not else 'can be used'}")
    for problem in facts["problems"]:
        print("problem: " + "; ".join(f"{key}: {text}" if key != "what" else text for key, text in problem.items()))
    print("nothing is wrong" if not facts["problems"] else f"{len(facts['problems'])} problem(s)")
