"""Makes boxes.ttf, a font for the window's tests: a filled box for each letter of names in eight scripts.

    pip install fonttools && python tests/fonts/make.py
"""

from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

LETTERS = "我的猫ねこ고양이קטןقطةแมวबिल्ली"


def box(side):
    pen = TTGlyphPen(None)
    pen.moveTo((50, 0))
    for place in [(50, side), (side - 50, side), (side - 50, 0)]:
        pen.lineTo(place)
    pen.closePath()
    return pen.glyph()


font = FontBuilder(1000, isTTF=True)
font.setupGlyphOrder([".notdef", "box"])
font.setupCharacterMap({ord(letter): "box" for letter in LETTERS})
font.setupGlyf({".notdef": box(300), "box": box(700)})
font.setupHorizontalMetrics({".notdef": (300, 50), "box": (700, 50)})
font.setupHorizontalHeader(ascent=800, descent=-200)
font.setupNameTable({"familyName": "Purrtrait test boxes", "styleName": "Regular"})
font.setupOS2(sTypoAscender=800, sTypoDescender=-200)
font.setupPost()
font.save(Path(__file__).with_name("boxes.ttf"))
