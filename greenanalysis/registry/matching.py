"""Names folded over Cyrillic, Kazakh and Latin spellings, and the nearest of many names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

CYRILLIC = {
    **dict(zip("абвгдежзийклмнопрстуфхцчшщъыьэюя", "a b v g d e j z i i k l m n o p r s t u f k "
    "ts sh sh sh _ i _ e iu ia".replace("_", "").split(" "), strict=True)),
    **dict(zip("ёәғқңөұүһі", ["e", "a", "g", "k", "n", "o", "u", "u", "k", "i"], strict=True)),
}  # fmt: skip
LATIN = (
    *(("shch", "sh"), ("tch", "sh"), ("ch", "sh"), ("zh", "j"), ("dj", "j"), ("dzh", "j")),
    *(
        ("ph", "f"),
        ("kh", "k"),
        ("gh", "g"),
        ("q", "k"),
        ("x", "ks"),
        ("w", "v"),
        ("yu", "iu"),
        ("ya", "ia"),
    ),
    *(("yo", "e"), ("ye", "e"), ("y", "i"), ("ng", "n"), ("c", "k")),
)
LEGAL = (
    "тоо ао оао зао пао ип кх кт гкп ркп фао сп жшс ақ ак шқ llp jsc llc ltd inc corp co plc "
    "company group ojsc lls пф кк"
)
PLANT = (
    "сэс вэс гэс тэц грэс тэс аэс гтэс кэс жэс жэо ses wpp spp hpp hps chp tpp pp wes ges tets "
    "tes gres gtes plant power station hydroelectric hydropower solar wind farm park electric "
    "электростанция станция солнечная ветровая гидроэлектростанция ветряная гэсі станциясы су "
    "электр күн жел электрстанциясы элеткр имени им"
)
ENDINGS = ("inskaia", "skaia", "inskii", "skii", "skoe", "skoi", "ska")
MIN_KEY = 3


@lru_cache(maxsize=400_000)
def name_key(name: str, *, plant: bool = True) -> str:
    """Return a name folded so that its spellings in three scripts meet.

    Legal forms and words for "power station" are left out, Cyrillic and Kazakh letters become
    Latin, letters that sources write differently (zh/j, kh/h, ch/sh, q/k, y/i) become one, numbers
    stay. Of a name with nothing else the words left out come back.

    Parameters
    ----------
    name : any text.
    plant : whether it names a plant, so that words for "power station" say nothing.
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    words = re.findall(r"[^\W\d_]+|\d+", plain)
    left_out = _LEFT_OUT if plant else _LEGAL
    kept = [word for word in words if word not in left_out] or words
    return " ".join(folded for word in kept if (folded := _fold(word)))


def _fold(word: str) -> str:
    if word.isdigit():
        return word.lstrip("0") or "0"
    text = "".join(CYRILLIC.get(letter, letter) for letter in word)
    text = unicodedata.normalize("NFKD", text.replace("ı", "i"))
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    for spelling, one in LATIN:
        text = text.replace(spelling, one)
    text = re.sub(r"(.)\1+", r"\1", text)
    text = text.replace("ii", "i").replace("ei", "e")
    for ending in ENDINGS:
        if text.endswith(ending) and len(text) - len(ending) >= MIN_KEY:
            return text.removesuffix(ending)
    return text


_LEGAL = frozenset(LEGAL.split())
_LEFT_OUT = _LEGAL | frozenset(PLANT.split())


def numbers_of(key: str) -> tuple[str, ...]:
    """Return the numbers of a folded name: plant 1 is not plant 2."""
    return tuple(sorted(word for word in key.split() if word.isdigit()))


def similarity(first: str, second: str) -> float:
    """Return how alike two names are, 0 to 100; 0 where their numbers differ.

    Parameters
    ----------
    first, second : names as written; any script.
    """
    return _score(name_key(first), name_key(second))


def _score(first: str, second: str) -> float:
    from rapidfuzz import fuzz

    if numbers_of(first) != numbers_of(second):
        return 0.0
    whole = fuzz.ratio(first, second)
    joined = fuzz.ratio(first.replace(" ", ""), second.replace(" ", ""))
    return float(max(whole, joined, fuzz.token_sort_ratio(first, second)))


def best_match(key: str, known: Sequence[str], *, cutoff: float) -> tuple[int, float] | None:
    """Return position and score of the one known key most like ``key``, else None.

    Parameters
    ----------
    key : folded name.
    known : folded names.
    cutoff : least score; a tie between different keys is no match.
    """
    from rapidfuzz import fuzz, process

    near = process.extract(key, known, scorer=fuzz.ratio, limit=8, score_cutoff=cutoff)
    found = [row for row in near if numbers_of(row[0]) == numbers_of(key)]
    if not found or (len(found) > 1 and found[0][1] == found[1][1] and found[0][0] != found[1][0]):
        return None
    return int(found[0][2]), float(found[0][1])
