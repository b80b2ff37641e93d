"""Puts the pictures of a folder together on sheets, one for each front end, language and width: sheets.py FOLDER."""

import re
import sys
from collections import defaultdict
from pathlib import Path

from PIL import Image, ImageDraw

ACROSS, GAP, TITLE = 6, 12, 16
# Of a long page the sheet has its beginning.
WIDE, HIGH = 320, 620
NAME = re.compile(r"(?P<front>[a-z]+)-(?P<language>zh-CN|en)-(?P<page>.+)-(?P<width>\d+)\.png")


def sheet(pictures: list[tuple[str, Path]]) -> Image.Image:
    shown = []
    for title, path in pictures:
        with Image.open(path) as picture:
            whole = picture.convert("RGB")
        whole = whole.resize(
            (WIDE, max(1, round(whole.height * WIDE / whole.width))), Image.Resampling.LANCZOS
        )
        shown.append((title, whole.crop((0, 0, WIDE, min(HIGH, whole.height)))))
    rows = [shown[n : n + ACROSS] for n in range(0, len(shown), ACROSS)]
    heights = [max(picture.height for _, picture in row) + TITLE + GAP for row in rows]
    made = Image.new("RGB", (ACROSS * (WIDE + GAP) + GAP, sum(heights) + GAP), "#c8ccd0")
    pen = ImageDraw.Draw(made)
    top = GAP
    for row, height in zip(rows, heights, strict=True):
        for n, (title, picture) in enumerate(row):
            left = GAP + n * (WIDE + GAP)
            pen.text((left, top), title, fill="#000000")
            made.paste(picture, (left, top + TITLE))
        top += height
    return made


def main() -> int:
    folder = Path(sys.argv[1])
    groups: dict[str, list[tuple[str, Path]]] = defaultdict(list)
    for path in sorted(set(folder.glob("*.png")) - set(folder.glob("sheet-*.png"))):
        found = NAME.fullmatch(path.name)
        if found is None:
            groups["others"].append((path.stem, path))
        else:
            groups["{front}-{language}-{width}".format(**found.groupdict())].append((found["page"], path))
    for name, pictures in groups.items():
        made = folder / f"sheet-{name}.png"
        sheet(pictures).save(made)
        print(f"{made}: {len(pictures)}")
    return 0 if groups else 1


if __name__ == "__main__":
    sys.exit(main())
