"""Plants that are in a file twice, or in the registry under another spelling.

Names are folded over Cyrillic, Kazakh and Latin spellings, then the nearest of many is sought.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

import numpy as np
import pandas as pd

from greenanalysis.core.paths import data_dir
from greenanalysis.core.tables import read_table

_CYRILLIC = {
    **dict(zip("абвгдежзийклмнопрстуфхцчшщъыьэюя", "a b v g d e j z i i k l m n o p r s t u f k "
    "ts sh sh sh _ i _ e iu ia".replace("_", "").split(" "), strict=True)),
    **dict(zip("ёәғқңөұүһі", ["e", "a", "g", "k", "n", "o", "u", "u", "k", "i"], strict=True)),
}  # fmt: skip
_LATIN = (
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
_LEGAL_FORMS = (
    "тоо ао оао зао пао ип кх кт гкп ркп фао сп жшс ақ ак шқ llp jsc llc ltd inc corp co plc "
    "company group ojsc lls пф кк"
)
_PLANT = (
    "сэс вэс гэс тэц грэс тэс аэс гтэс кэс жэс жэо ses wpp spp hpp hps chp tpp pp wes ges tets "
    "tes gres gtes plant power station hydroelectric hydropower solar wind farm park electric "
    "электростанция станция солнечная ветровая гидроэлектростанция ветряная гэсі станциясы су "
    "электр күн жел электрстанциясы элеткр имени им tps ttp gtpp gtps gpes gtes oes "
    "теплоэлектроцентраль теплоэлектростанция ветроэлектростанция малая ттп гтэц пгу микрогэс "
    "ветропарк биоэс бгу hydro thermal plants мвт mw квт kw"
)
_ORDINALS = {
    **dict.fromkeys(("first", "первая", "первый", "бірінші", "i"), "1"),
    **dict.fromkeys(("second", "вторая", "второй", "екінші", "ii"), "2"),
    **dict.fromkeys(("third", "третья", "третий", "үшінші", "iii"), "3"),
    **dict.fromkeys(("fourth", "четвертая", "четвёртая", "төртінші", "iv"), "4"),
}
"""Words and Roman numerals that stand for the number of a plant."""
_STATE_DISTRICT = re.compile(r"\bstate (?:regional|district)\b")
_KINDS = {
    **dict.fromkeys(("грэс", "gres"), "district"),
    **dict.fromkeys(("тэц", "tets", "tec", "chp", "жэо", "жэс", "теплоэлектроцентраль"), "heat"),
}
"""A state district station (GRES) and a heat and power station (TETS) of one town are two."""
_RATING = re.compile(r"\d+(?:[.,]\d+)?\s*(?:мвт|mw|квт|kw)\b")
"""A capacity inside a name: "Abai 2, 50 MW" is plant 2, not 2 and 50."""
_ENDINGS = ("inskaia", "skaia", "inskii", "skii", "skoe", "skoi", "ska", "insk", "sk")
_VOWELS = "aeiou"
_MIN_KEY = 3
_MIN_STEM = 4


@lru_cache(maxsize=400_000)
def name_key(name: str, *, plant: bool = True) -> str:
    """Return a name folded so that its spellings in three scripts meet.

    Legal forms, words for "power station" and capacities are left out, ordinals and Roman numerals
    become numbers, towns get their present name (``data/registry/place_names.csv``), Cyrillic and
    Kazakh letters become Latin, letters that sources write differently (zh/j, kh/h, ch/sh, q/k,
    y/i) become one, numbers stay. Of a name with nothing else the words left out come back.

    Parameters
    ----------
    name : any text.
    plant : whether it names a plant, so that words for "power station" say nothing.
    """
    if not plant:
        plain = unicodedata.normalize("NFKC", name).casefold()
        words = re.findall(r"[^\W\d_]+|\d+", plain)
        kept = [word for word in words if word not in _LEGAL] or words
        return " ".join(folded for word in kept if (folded := _fold(word)))
    return _today(spelled_key(name))


def spelled_key(name: str) -> str:
    """Return the folded name of a plant with places as they are spelled in it."""
    words = [folded for word in _plant_words(name) if (folded := _stem(_fold(word)))]
    return " ".join(sorted(words, key=str.isdigit))  # "WPP 2 Tau" is "Tau WPP 2"


def _plant_words(name: str) -> list[str]:
    """Return the words of a name that say which plant it is."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    bare = re.sub(_RATING, " ", re.sub(_STATE_DISTRICT, " gres ", plain))
    words = re.findall(r"[^\W\d_]+|\d+", bare) or re.findall(r"\w+", plain)
    words = [_ORDINALS.get(word, word) if len(words) > 1 else word for word in words]
    return [word for word in words if word not in _LEFT_OUT] or words


def kind_of(name: str) -> str:
    """Return ``district`` for a GRES, ``heat`` for a TETS or CHP, else an empty text."""
    plain = _STATE_DISTRICT.sub(" gres ", unicodedata.normalize("NFKC", name).casefold())
    kinds = {_KINDS[word] for word in re.findall(r"[^\W\d_]+", plain) if word in _KINDS}
    return kinds.pop() if len(kinds) == 1 else ""


def _stem(word: str) -> str:
    """Return a folded word without a last vowel: Shulbi and Shulbinskaya meet."""
    return word[:-1] if len(word) > _MIN_STEM and word[-1] in _VOWELS else word


def _today(key: str) -> str:
    """Return a folded name with the places in it as they are called today."""
    padded = f" {key} "
    for old, new in _places():
        padded = padded.replace(f" {old} ", f" {new} ")
    return padded.strip()


@cache
def _places() -> tuple[tuple[str, str], ...]:
    """Return folded earlier and folded present names of towns, the longest first."""
    table = read_table(
        data_dir() / "registry" / "place_names.csv", required=["name", "earlier", "source"]
    )
    pairs = {
        " ".join(_stem(_fold(word)) for word in re.findall(r"[^\W\d_]+", earlier.casefold())): (
            _stem(_fold(name.casefold()))
        )
        for name, earlier in table[["name", "earlier"]].itertuples(index=False)
    }
    return tuple(sorted(pairs.items(), key=lambda pair: -len(pair[0])))


def _fold(word: str) -> str:
    if word.isdigit():
        return word.lstrip("0") or "0"
    text = "".join(_CYRILLIC.get(letter, letter) for letter in word)
    text = unicodedata.normalize("NFKD", text.replace("ı", "i"))
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    for spelling, one in _LATIN:
        text = text.replace(spelling, one)
    # endings before doubled letters: Zhanatasskaya is Zhanatas, not Zhanata
    for ending in _ENDINGS:
        if text.endswith(ending) and len(text) - len(ending) >= _MIN_KEY:
            text = text.removesuffix(ending)
            break
    text = re.sub(r"(.)\1+", r"\1", text)
    return text.replace("ii", "i").replace("ei", "e")


_LEGAL = frozenset(_LEGAL_FORMS.split())
_LEFT_OUT = _LEGAL | frozenset(_PLANT.split())


def numbers_of(key: str) -> tuple[str, ...]:
    """Return the numbers of a folded name: plant 1 is not plant 2."""
    return tuple(sorted(word for word in key.split() if word.isdigit()))


def similarity(first: str, second: str) -> float:
    """Return how alike two names are, 0 to 100; 0 where their numbers differ.

    Parameters
    ----------
    first, second : names as written; any script.
    """
    whole = [_today(" ".join(map(_fold, _plant_words(name)))) for name in (first, second)]
    return max(score(name_key(first), name_key(second)), score(*whole))


def score(first: str, second: str) -> float:
    """Return how alike two folded names are, 0 to 100; 0 where their numbers differ."""
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


_SAME_NAME = 86
_CAPACITY_SHARE = 0.10
_SAME_CAPACITY = 0.05
_NEAR_KM = 1.0
_KM_PER_DEGREE = 111.2
_CHUNK = 512

_Found = tuple[int, str, str]


def check_duplicates(rows: pd.DataFrame, known: pd.DataFrame) -> Iterator[_Found]:
    """Yield (position, code, text) for plants that seem to be there already.

    Parameters
    ----------
    rows : of plants that the registry does not hold under a name of theirs: name, name_key,
        technology, region, capacity (MW), status, stage, latitude, longitude, number (of the row).
    known : the same of the registry, with id for number.
    """
    identity = ["name_key", "technology", "region", "status", "enterprise_key"]
    first = rows.groupby(identity, sort=False)["number"].transform("first")
    again = (first != rows["number"]).to_numpy()
    for position in np.flatnonzero(again):
        yield int(position), "duplicate-row", f"the same plant as row {first.iloc[position]}"
    everything = pd.concat(
        [known.assign(position=-1), rows.assign(position=np.arange(len(rows)))], ignore_index=True
    )
    everything["numbers"] = everything["name_key"].map(numbers_of)
    buckets = everything.groupby(["technology", "region", "numbers", "stage"], sort=False).indices
    for members in buckets.values():
        if len(members) > 1:
            yield from _alike(everything.iloc[members].sort_values("capacity"))
    for members in everything.groupby(["technology", "region"], sort=False).indices.values():
        bucket = everything.iloc[members]
        keys = bucket["name_key"].str.replace(" ", "").tolist()
        positions = bucket["position"].to_numpy()
        yield from _pairs(bucket, _same_place(bucket), keys, positions, "place")


def _alike(bucket: pd.DataFrame) -> Iterator[_Found]:
    from rapidfuzz import fuzz, process

    keys = bucket["name_key"].str.replace(" ", "").tolist()
    capacity = bucket["capacity"].to_numpy(dtype=float)
    positions = bucket["position"].to_numpy()
    for start in range(0, len(bucket), _CHUNK):
        stop = min(start + _CHUNK, len(bucket))
        top = np.nanmax(capacity[start:stop], initial=0) * (1 + _CAPACITY_SHARE)
        last = int(np.searchsorted(capacity, top, side="right")) if top else stop
        near = process.cdist(
            keys[start:stop],
            keys[start:last],
            scorer=fuzz.ratio,
            score_cutoff=_SAME_NAME,
            dtype=np.uint8,
        )
        yield from _pairs(bucket, np.argwhere(near >= _SAME_NAME) + start, keys, positions, "name")


def _same_place(bucket: pd.DataFrame) -> np.ndarray:
    """Return pairs within :data:`_NEAR_KM`, unless both names have numbers and these differ."""
    from scipy.spatial import cKDTree

    latitude, longitude = bucket["latitude"].to_numpy(float), bucket["longitude"].to_numpy(float)
    placed = np.flatnonzero(~np.isnan(latitude) & ~np.isnan(longitude))
    if len(placed) < 2:
        return np.empty((0, 2), dtype=int)
    north = latitude[placed] * _KM_PER_DEGREE
    east = longitude[placed] * _KM_PER_DEGREE * np.cos(np.radians(latitude[placed]))
    pairs = cKDTree(np.column_stack([north, east])).query_pairs(_NEAR_KM, output_type="ndarray")
    pairs = placed[pairs]
    codes, names = pd.factorize(bucket["numbers"])
    numbered = np.array([bool(name) for name in names], dtype=bool)[codes]
    one, other = pairs[:, 0], pairs[:, 1]
    distinct = numbered[one] & numbered[other] & (codes[one] != codes[other])
    kept: np.ndarray = pairs[~distinct]
    return kept


def _pairs(
    bucket: pd.DataFrame, pairs: np.ndarray, keys: list[str], positions: np.ndarray, why: str
) -> Iterator[_Found]:
    capacity = bucket["capacity"].to_numpy(dtype=float)
    names, numbers = bucket["name"].to_numpy(), bucket["number"].to_numpy()
    share = _CAPACITY_SHARE if why == "name" else _SAME_CAPACITY
    for one, other in pairs[pairs[:, 0] < pairs[:, 1]]:
        if keys[one] == keys[other]:
            continue
        if abs(capacity[one] - capacity[other]) > share * max(capacity[one], capacity[other]):
            continue
        late, early = (one, other) if positions[one] > positions[other] else (other, one)
        if positions[late] < 0:
            continue
        where = "row" if positions[early] >= 0 else "registered plant"
        said = f"alike by {why}: {where} {numbers[early]}, {str(names[early])[:60]}"
        yield int(positions[late]), "duplicate-alike", said
