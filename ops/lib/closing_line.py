"""Adds up the JUnit reports that test runners wrote and prints `N passed, N failed`.

Exits 1 where something failed or nothing ran: a suite that vanished must not look like one that passed.
"""

import sys
import xml.etree.ElementTree as ElementTree


def cases(paths: list[str]) -> list[ElementTree.Element]:
    return [case for path in paths for case in ElementTree.parse(path).iter("testcase")]


def main(paths: list[str]) -> int:
    found = cases(paths)
    failed = sum(case.find("failure") is not None or case.find("error") is not None for case in found)
    skipped = sum(case.find("skipped") is not None for case in found)
    print(f"{len(found) - failed - skipped} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 0 if found and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
