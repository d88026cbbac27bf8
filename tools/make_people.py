"""Make data/people/: 930 portraits, 155 motifs × 6 skin tones, from the npm package `@lobehub/fluent-emoji-3d` 1.1.0.

The pictures are Microsoft's Fluent Emoji; a file's name is its sequence of code points. The rule that gives 155 motifs:

1. The first code point is of Unicode's subgroups person, person-gesture, person-role or person-fantasy (emoji-test.txt),
   listed in `BASES`; not of person-activity, person-sport and family, where a thing or a place fills the picture.
2. One person alone is shown: a person who feeds a baby (by breast or bottle) is left out.
3. Head or bust is shown: left out are whole bodies, which are fairies, merpeople, and people with a white cane or in a
   wheelchair.
4. All six tones are there: yellow, and Fitzpatrick's scale in five steps.

A kind is one of three: "face" shows the head alone, "gesture" is Unicode's subgroup person-gesture, "bust" is the rest.

Tones are named by what a picture shows. The package's file names swap medium-light (1f3fc) and medium (1f3fd) in 152 of the
155 motifs, all but the technologists: the brighter picture of the two is medium-light here.

On white, 64×64, in one lossless WebP file with 31 frames. A frame has one row for each of five motifs, one column for each
tone, and the 256 colours that serve it best: 38 dB from the full colours, in a quarter of their bytes.

    npm pack @lobehub/fluent-emoji-3d@1.1.0 && tar xzf lobehub-fluent-emoji-3d-1.1.0.tgz
    python tools/make_people.py package
"""

import argparse
import json
import pathlib

import numpy as np
from PIL import Image

OUT = pathlib.Path(__file__).parents[1] / "data" / "people"
TONES = {
    "yellow": None,
    "light": "1f3fb",
    "medium-light": "1f3fc",
    "medium": "1f3fd",
    "medium-dark": "1f3fe",
    "dark": "1f3ff",
}
SIDE = 64  # pixels of a portrait
ROWS = 5  # motifs of a frame

BASES = {  # first code point → name and kind, in Unicode's order
    "face": """1f476 baby, 1f9d2 child, 1f466 boy, 1f467 girl, 1f9d1 person, 1f471 blond, 1f468 man, 1f9d4 beard,
        1f469 woman, 1f9d3 older person, 1f474 old man, 1f475 old woman, 1f473 turban, 1f47c baby angel, 1f385 Santa Claus,
        1f936 Mrs Claus""",
    "gesture": """1f64d frowning, 1f64e pouting, 1f645 saying no, 1f646 saying OK, 1f481 tipping hand, 1f64b raising hand,
        1f9cf deaf, 1f647 bowing, 1f926 facepalming, 1f937 shrugging""",
    "bust": """1f46e police officer, 1f575 detective, 1f482 guard, 1f977 ninja, 1f477 construction worker, 1fac5 crown,
        1f934 prince, 1f478 princess, 1f472 skullcap, 1f9d5 headscarf, 1f935 tuxedo, 1f470 veil, 1f930 pregnant woman,
        1fac3 pregnant man, 1fac4 pregnant person, 1f9b8 superhero, 1f9b9 supervillain, 1f9d9 mage, 1f9db vampire,
        1f9dd elf""",
}
WITH = {  # person, man or woman joined with a thing → name and kind
    "face": "1f9b0 red hair, 1f9b1 curly hair, 1f9b3 white hair, 1f9b2 bald, 1f384 Claus",
    "bust": """2695 health worker, 1f393 student, 1f3eb teacher, 2696 judge, 1f33e farmer, 1f373 cook, 1f527 mechanic,
        1f3ed factory worker, 1f4bc office worker, 1f52c scientist, 1f4bb technologist, 1f3a4 singer, 1f3a8 artist,
        2708 pilot, 1f680 astronaut, 1f692 firefighter""",
}
SEXES = {"2642": "man", "2640": "woman", "1f468": "man", "1f469": "woman"}
JOINER, AS_PICTURE = "200d", "fe0f"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("package", type=pathlib.Path, help="the unpacked npm package")
    assets = parser.parse_args().package / "assets"
    motifs = find_motifs(assets)
    rows = [np.concatenate(in_order([portrait(file) for file in files]), axis=1) for _, _, files in motifs]
    frames = [in_256_colours(np.concatenate(rows[start : start + ROWS])) for start in range(0, len(rows), ROWS)]
    OUT.mkdir(exist_ok=True)
    options = {"save_all": True, "append_images": frames[1:], "lossless": True, "quality": 100, "method": 4, "kmax": 1}
    frames[0].save(OUT / "people.webp", **options)
    columns = {"tones": list(TONES), "motifs": [name for name, _, _ in motifs], "kinds": [kind for _, kind, _ in motifs]}
    (OUT / "people.json").write_text(json.dumps(columns, indent=1) + "\n")
    counts = {kind: columns["kinds"].count(kind) for kind in BASES}
    print(len(motifs), "motifs:", counts, (OUT / "people.webp").stat().st_size, "bytes")


def find_motifs(assets):
    """`[(name, kind, [a file for each tone])]` in the order of the tables."""
    found = []
    table = {(code, thing): kind_name for code, thing, kind_name in entries()}
    files = {file.stem: file for file in assets.glob("*.webp")}
    for (code, thing), (name, kind) in table.items():
        end = [] if thing is None else [JOINER, thing]
        tones = [find(files, code, tone, end) for tone in TONES.values()]
        if all(tones):
            found.append((name, kind, tones))
    return found


def find(files, code, tone, end):
    """The file of one sequence; a sign that asks for a picture (fe0f) may stand at two places in it, or not."""
    for middle in [tone] if tone else [[], [AS_PICTURE]]:
        middle = [middle] if isinstance(middle, str) else middle
        for last in ([], [AS_PICTURE]):
            file = files.get("-".join([code, *middle, *end, *last]))
            if file:
                return file
    return None


def entries():
    """Every sequence that may be there: `(first code point, thing or sex or None, (name, kind))`."""
    for kind, table in BASES.items():
        for code, name in parse(table):
            yield code, None, (name, kind)
            for sign in ("2642", "2640"):
                yield code, sign, (f"{name}, {SEXES[sign]}", kind)
    for kind, table in WITH.items():
        for thing, name in parse(table):
            for code in ("1f9d1", "1f468", "1f469"):
                yield code, thing, (f"{name}, {SEXES[code]}" if code in SEXES else name, kind)


def parse(table):
    return [entry.split(maxsplit=1) for entry in table.split(",")]


def portrait(file):
    """uint8 `(64, 64, 3)`, on white."""
    with Image.open(file) as image:
        image = image.convert("RGBA")
    image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.LANCZOS))


def in_order(portraits):
    """Medium-light before medium, which the file names swap: the brighter one first."""
    yellow, light, *swapped, medium_dark, dark = portraits
    return [yellow, light, *sorted(swapped, key=np.mean, reverse=True), medium_dark, dark]


def in_256_colours(pixels):
    palette = Image.fromarray(pixels).quantize(256, method=Image.Quantize.MEDIANCUT, kmeans=5)
    return palette.convert("RGB")


if __name__ == "__main__":
    main()
