"""Puts the pictures of a folder together on sheets, one for each front end, language and width: sheets.py FOLDER."""

import re
import sys
from collections import defaultdict
from pathlib import Path

from PIL import Image, ImageDraw

GAP, TITLE = 12, 16
# So many pictures across and on a sheet, and how large; of a long page the sheet has its beginning.
SMALL, LARGE = (6, 12, 320, 620), (3, 9, 640, 800)
# From this width on a picture is one of a desk or a tablet.
IS_LARGE_FROM = 600
NAME = re.compile(r"(?P<front>[a-z]+)-(?P<language>zh-CN|en)-(?P<page>.+)-(?P<width>\d+)\.png")


def sheet(pictures: list[tuple[str, Path]], across: int, wide: int, high: int) -> Image.Image:
    cropped = []
    for title, path in pictures:
        with Image.open(path) as picture:
            full = picture.convert("RGB")
        full = full.resize((wide, max(1, round(full.height * wide / full.width))), Image.Resampling.LANCZOS)
        cropped.append((title, full.crop((0, 0, wide, min(high, full.height)))))
    rows = [cropped[n : n + across] for n in range(0, len(cropped), across)]
    heights = [max(picture.height for _, picture in row) + TITLE + GAP for row in rows]
    sheet_image = Image.new("RGB", (across * (wide + GAP) + GAP, sum(heights) + GAP), "#c8ccd0")
    pen = ImageDraw.Draw(sheet_image)
    top = GAP
    for row, height in zip(rows, heights, strict=True):
        for n, (title, picture) in enumerate(row):
            left = GAP + n * (wide + GAP)
            pen.text((left, top), title, fill="#000000")
            sheet_image.paste(picture, (left, top + TITLE))
        top += height
    return sheet_image


def main() -> int:
    folder = Path(sys.argv[1])
    groups: dict[str, list[tuple[str, Path]]] = defaultdict(list)
    for path in sorted(set(folder.glob("*.png")) - set(folder.glob("sheet-*.png"))):
        match = NAME.fullmatch(path.name)
        if match is None:
            groups["others"].append((path.stem, path))
        else:
            groups["{front}-{language}-{width}".format(**match.groupdict())].append((match["page"], path))
    for name, pictures in groups.items():
        width = name.rpartition("-")[2]
        across, most, wide, high = LARGE if not width.isdigit() or int(width) >= IS_LARGE_FROM else SMALL
        for n in range(0, len(pictures), most):
            sheet_path = folder / f"sheet-{name}-{n // most + 1}.png"
            sheet(pictures[n : n + most], across, wide, high).save(sheet_path)
            print(f"{sheet_path}: {len(pictures[n : n + most])}")
    return 0 if groups else 1


if __name__ == "__main__":
    sys.exit(main())
