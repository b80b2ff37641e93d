"""Writes the pictures that pages of docs show, as small PNG files: page_pictures.py FOLDER_OF_SCREENS docs/images."""

import re
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
COLOURS = 64
SHOWN = re.compile(r"\]\((?:\.\./)*images/([\w-]+)\.png\)")


def main() -> int:
    screens, images = Path(sys.argv[1]), Path(sys.argv[2])
    wanted = {name for page in (ROOT / "docs").rglob("*.md") for name in SHOWN.findall(page.read_text())}
    for path in sorted(screens.glob("*.png")):
        if path.stem in wanted:
            with Image.open(path) as screen:
                small = screen.convert("RGB").quantize(
                    COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
                )
            small.save(images / path.name, optimize=True)
            print(f"{images / path.name}: {(images / path.name).stat().st_size // 1000} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
