"""Search for secrets, list parts and licences, ask for known vulnerabilities. Called by bin/audit, with its tools.

Secrets: Kingfisher, without validation, so nothing that it finds is sent anywhere. Parts: CycloneDX 1.6, made of the
installed packages of requirements.lock and of web/package-lock.json. Vulnerabilities: pip-audit and `npm audit`; a
database that cannot be reached is reported as such and fails nothing unless GRIDWARD_AUDIT_STRICT=1.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".run" / "audit" / "bin"
SBOM = ROOT / ".run" / "sbom"
PAGE = ROOT / "docs" / "reference" / "licences.md"
LOCKED = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)
# Made or installed here, never committed.
NOT_OURS = ("**/.run/**", "**/.venv/**", "**/node_modules/**", "**/dist/**", "**/.hypothesis/**")
# A search, a list or a question to a database takes longer only where something hangs.
TIMEOUT_S = 600
IS_STRICT = os.environ.get("GRIDWARD_AUDIT_STRICT") == "1"
# Licences that allow the server to be given on as a whole. LGPL: used unchanged, as a package of its own.
ALLOWED = {
    "0BSD", "Apache-2.0", "BlueOak-1.0.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "HPND", "ISC",
    "LGPL-3.0-only", "LGPL-3.0-or-later", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "PSF-2.0", "Python-2.0", "Unlicense", "Zlib",
}  # fmt: skip
# Packages whose metadata name no SPDX identifier: what their licence file says.
READ_BY_HAND = {
    "combine-errors": "MIT",
    "itsdangerous": "BSD-3-Clause",
    "jinja2": "BSD-3-Clause",
    "ortools": "Apache-2.0",
    "protobuf": "BSD-3-Clause",
    "segno": "BSD-3-Clause",
}


def call(*command, cwd=ROOT, env=None):
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def secrets(*flags):
    """Return True if no secret was found in the tree, or with `--staged` in what is staged."""
    scope = [".", *flags] if flags else [".", "--git-history", "none"]
    scope += [f"--exclude={folder}" for folder in NOT_OURS]
    result = call(
        TOOLS / "kingfisher", "scan", *scope, "--no-validate", "--no-update-check", "--redact", "--quiet",
        env={"KF_RULE_CACHE_DIR": str(ROOT / ".run" / "kingfisher")},
    )  # fmt: skip
    if result.returncode:
        print(result.stdout, result.stderr, sep="\n")
    return result.returncode == 0


def names_of(licence):
    """Return the SPDX identifiers of a licence expression."""
    return {word for word in re.split(r"[\s()]+", licence) if word and word not in ("AND", "OR", "WITH")}


def licence_of(component):
    """Return the SPDX expression of a component of an SBOM, or what the metadata name instead, or ''."""
    by_hand = READ_BY_HAND.get(component["name"])
    if by_hand:
        return by_hand
    licences = component.get("licenses", [])
    for entry in licences:
        if "expression" in entry:
            return entry["expression"]
    ids = [entry["license"]["id"] for entry in licences if entry.get("license", {}).get("id")]
    names = [entry["license"].get("name", "") for entry in licences if "license" in entry]
    return " AND ".join(dict.fromkeys(ids)) or "; ".join(names)


def python_sbom():
    """Return the SBOM of the server: of the packages of requirements.lock that are installed here."""
    process = call(
        TOOLS / "cyclonedx-py", "environment", "--pyproject", "pyproject.toml", "--output-reproducible",
        "--sv", "1.6", ROOT / ".venv" / "bin" / "python",
    )  # fmt: skip
    if process.returncode:
        sys.exit(process.stderr)
    document = json.loads(process.stdout)
    locked = {name for name, _ in LOCKED.findall((ROOT / "requirements.lock").read_text())}
    for component in document["components"]:
        component["name"] = normal(component["name"])
    components = [component for component in document["components"] if component["name"] in locked]
    refs = {component["bom-ref"] for component in components} | {document["metadata"]["component"]["bom-ref"]}
    document["components"] = components
    document["dependencies"] = [
        {**dependency, "dependsOn": [ref for ref in dependency.get("dependsOn", []) if ref in refs]}
        for dependency in document["dependencies"]
        if dependency["ref"] in refs
    ]
    return document


def web_sbom():
    """Return the SBOM of what is built into the web pages."""
    process = call(
        "npm", "sbom", "--package-lock-only", "--omit=dev", "--sbom-format=cyclonedx", cwd=ROOT / "web"
    )
    if process.returncode:
        sys.exit(process.stderr)
    return json.loads(process.stdout)


def normal(name):
    """Return the name of a Python package as lock files have it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def table(title, document):
    """Return (name, version, licence) of each component, and the section of the page that lists them."""
    rows = sorted((part["name"], part["version"], licence_of(part)) for part in document["components"])
    lines = [f"## {title}", "", "| package | licence |", "|---|---|"]
    return rows, "\n".join([*lines, *(f"| {name} | {licence} |" for name, _, licence in rows)])


def sbom():
    """Write the SBOMs and the page of licences; return True if every licence is an allowed one."""
    SBOM.mkdir(parents=True, exist_ok=True)
    sections, faults = [], []
    for title, name, document in (
        ("Server", "server", python_sbom()),
        ("Web pages", "web", web_sbom()),
    ):
        (SBOM / f"{name}.cdx.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        rows, section = table(title, document)
        sections.append(section)
        faults += [
            f"{part} {version}: {licence or 'no licence named'}"
            for part, version, licence in rows
            if not licence or not names_of(licence) <= ALLOWED
        ]
    PAGE.write_text(INTRODUCTION + "\n\n".join(sections) + "\n")
    print(*faults, sep="\n", end="\n" if faults else "")
    return not faults


INTRODUCTION = """# Licences of what is distributed

For those who give Gridward on or install it for others. Gridward itself is Apache-2.0. `bin/audit sbom` writes this
page and a bill of materials (CycloneDX) of the same packages into `.run/sbom/`; tools that only build or test are not
in it.

psycopg and pi-heif are LGPL-3.0: they are installed unchanged, as packages of their own, and can be replaced. The
wheels of pyogrio, pyproj and shapely carry GDAL, PROJ and GEOS (LGPL-2.1) as libraries of their own; that of pi-heif
carries libheif and libde265 (LGPL-3.0).

"""


def vulnerabilities():
    """Ask for known vulnerabilities; return True if none was told."""
    outcomes = [python_vulnerabilities(), npm_vulnerabilities()]
    for name, faults in outcomes:
        if faults is None:
            print(f"{name}: NOT CHECKED, the advisory database cannot be reached from here")
        else:
            print(f"{name}: {len(faults)} known vulnerabilities", *faults, sep="\n  ")
    return all(not faults if faults is not None else not IS_STRICT for _, faults in outcomes)


def python_vulnerabilities():
    """Ask for the packages of requirements.lock; None where no package could be looked up."""
    result = call(
        TOOLS / "pip-audit", "--require-hashes", "--disable-pip", "-r", "requirements.lock",
        "--progress-spinner=off", "--format=json", "--timeout=15",
    )  # fmt: skip
    try:
        parts = json.loads(result.stdout)["dependencies"]
    except (ValueError, KeyError):
        print(result.stderr[-2000:])
        return "requirements.lock", None
    checked = [part for part in parts if "vulns" in part]
    if len(checked) < len(parts):
        print(
            f"requirements.lock: {len(parts) - len(checked)} of {len(parts)} packages could not be looked up"
        )
    if not checked:
        return "requirements.lock", None
    return "requirements.lock", [
        f"{part['name']} {part['version']}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'none'}"
        for part in checked
        for fault in part["vulns"]
    ]


def npm_vulnerabilities():
    result = call("npm", "audit", "--package-lock-only", "--omit=dev", "--json", cwd=ROOT / "web")
    try:
        advisories = json.loads(result.stdout)["vulnerabilities"]
    except (ValueError, KeyError):
        return "web/package-lock.json", None
    return "web/package-lock.json", [f"{name}: {part['severity']}" for name, part in advisories.items()]


CHECKS = {"secrets": secrets, "sbom": sbom, "vulnerabilities": vulnerabilities}


def main(arguments):
    if arguments and arguments[0] not in CHECKS:
        print(__doc__)
        return 2
    chosen = arguments[:1] or list(CHECKS)
    failed = []
    if not arguments and not shutil.which("npm"):
        chosen.remove("sbom")
        print("NOT MADE: the bill of materials needs npm, which is not here")
        failed += ["sbom"] if IS_STRICT else []
    for name in chosen:
        print(f"==> {name}", flush=True)
        if not CHECKS[name](*arguments[1:]):
            failed.append(name)
    print(f"FAILED: {', '.join(failed)}" if failed else "ok")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
