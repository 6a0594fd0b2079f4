"""Adds up the JUnit reports that test runners wrote: prints what failed, and then `N passed, N failed`.

Exits 1 where something failed or nothing ran: a suite that vanished must not look like one that passed.
"""

import sys
import xml.etree.ElementTree as ElementTree


def cases(paths: list[str]) -> list[ElementTree.Element]:
    return [case for path in paths for case in ElementTree.parse(path).iter("testcase")]


def faults(case: ElementTree.Element) -> list[ElementTree.Element]:
    return case.findall("failure") + case.findall("error")


def told(case: ElementTree.Element) -> str:
    """The test's name and the beginning of what it said, so that the end of a long log is enough."""
    name = f"{case.get('classname', '')} {case.get('name', '')}"
    said = " ".join(f"{fault.get('message') or ''} {fault.text or ''}" for fault in faults(case))
    return f"FAILED {name}: {' '.join(said.split())}"[:600]


def main(paths: list[str]) -> int:
    found = cases(paths)
    failures = [case for case in found if faults(case)]
    for case in failures:
        print(told(case))
    failed = len(failures)
    skipped = sum(case.find("skipped") is not None for case in found)
    print(f"{len(found) - failed - skipped} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 0 if found and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
