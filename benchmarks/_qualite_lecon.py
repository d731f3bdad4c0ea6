"""Tire de `mesurer qualite` ce que montre la leçon 06 : `python -m benchmarks._qualite_lecon`, après la mesure.

Écrit `lessons/06_course.json` (les chiffres, moyennes sur les graines) et `lessons/06_course.jpg` (huit fleurs par
ligne, de la première graine), à partir des images que la mesure a laissées dans `entrainements/qualite`. Seules les
fleurs de synthèse y sont : les photographies n'ont pas de licence.
"""

import json
import statistics

import torch

from benchmarks import _qualite_course as course
from benchmarks._qualite_planches import TRAIN, Judge, synthetic
from benchmarks.qualite import FOLDER, drawn_images
from course.environnement import ROOT
from lessons_lib.images import grid, to_jpeg

SOURCE, SHOWN = "synthetique", 8
NAMES = {"article": "article", "frugale": "recommandee"}
MARKS = {"article": (30, 60, 120, 600), "frugale": (30, 60, 120)}
ROWS = (("article", 60), ("frugale", 60), ("article", 120), ("frugale", 120), ("article", 600))


def main() -> None:
    judge, cadences = Judge(*synthetic()), course.cadences(FOLDER)
    images = {label: [drawn_images(SOURCE, name, seed) for seed in course.SEEDS] for label, name in NAMES.items()}
    results = []
    for label, marks in MARKS.items():
        for seconds in marks:
            judged = [judge(run[seconds]) for run in images[label]]
            means = {
                name: round(statistics.mean(getattr(one, attribute) for one in judged), 2)
                for name, attribute in (("texture", "distance"), ("recall", "recall"), ("neighbours", "neighbours"))
            }
            updates = round(seconds * cadences[NAMES[label]])
            results.append({"recipe": label, "seconds": seconds, "updates": updates} | means)
    facts = {"images": TRAIN, "size": course.SIZE, "source": SOURCE, "cores": 2, "seeds": len(course.SEEDS)}
    facts |= {"rows": ROWS, "results": results}
    sheet = torch.cat([images[label][0][seconds][:SHOWN] for label, seconds in ROWS])
    lessons = ROOT / "lessons"
    (lessons / "06_course.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (lessons / "06_course.jpg").write_bytes(to_jpeg(grid(sheet, columns=SHOWN, padding=0), quality=90))


if __name__ == "__main__":
    main()
