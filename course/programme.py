"""Lecture de `programme.toml`, la liste des leçons."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Lesson:
    """Une leçon du programme.

    `name` : « 02_autoencodeur_variationnel », nom commun de ses fichiers (lessons/, solutions/, exercises/).
    `minutes` : durée prévue. `after` : noms des leçons à avoir suivies. `knowledge` : autres prérequis.
    `outcomes` : ce que l'on saura faire, à l'infinitif.
    """

    name: str
    title: str
    minutes: int
    after: tuple[str, ...]
    knowledge: tuple[str, ...]
    outcomes: tuple[str, ...]

    @property
    def number(self) -> str:
        """Le numéro à deux chiffres qui ouvre le nom."""
        return self.name.partition("_")[0]


def lessons(path: Path = ROOT / "course" / "programme.toml") -> list[Lesson]:
    """Les leçons, dans l'ordre du cours.

    Lève `ValueError` si une leçon a une clé de trop ou de moins, ou suit une leçon qui ne la précède pas.
    """
    program = []
    for entry in tomllib.loads(path.read_text(encoding="utf-8"))["lessons"]:
        try:
            lesson = Lesson(**{k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()})
        except TypeError as error:
            expected = ", ".join(Lesson.__dataclass_fields__)
            raise ValueError(f"{path.name} : une leçon doit avoir les clés {expected} ({error}).") from None
        unknown = set(lesson.after) - {earlier.name for earlier in program}
        if unknown:
            raise ValueError(
                f"{path.name} : « {lesson.name} » suit {', '.join(sorted(unknown))}, qui ne la précède pas."
            )
        program.append(lesson)
    return program
