"""Trois critiques entre deux lois : sans contrainte, écrêtée, pénalisée. Où leur pente s'en va (leçons 05 et 06).

L'entraînement tourne dans un fil à part : le noyau et la page restent libres, et le dernier réglage l'emporte. La page
est écrite dans ``lipschitz_lab.js``.
"""

import threading
import time
from collections.abc import Mapping
from pathlib import Path

import anywidget
import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure

from lessons_lib.laws import Law
from lessons_lib.models import ToyCritic
from lessons_lib.widgets.lipschitz_critics import KINDS, LINE, CriticRun, LawPair, starting_critic
from lessons_lib.widgets.lipschitz_lab_still import draw_critics
from lessons_lib.widgets.still import Still

HERE = Path(__file__).parent
LAWS = {
    "Trois cloches contre deux": (Law("trois_cloches", 0.0, 3.0), Law("deux_cloches", 0.0, 1.5)),
    "Deux cloches autour d'une": (Law("deux_cloches", 0.0, 2.0), Law("cloche", 0.0, 0.8)),
    "Deux segments disjoints": (Law("segment", -1.2, 0.7), Law("segment", 1.2, 0.7)),
}
LIMITS = {"clip": (1e-3, 1.0), "penalty_weight": (1e-2, 1e3)}
ROUND = 10  # pas critiques entre deux mesures
PICTURE_SECONDS = 0.08  # au plus une image toutes les 80 ms
EXPONENTS = (-5.0, 5.0)  # l'histogramme va de 10⁻⁵ à 10⁵
BINS = 50
PAIRS = 24  # traits x — x_hat — G(z) dessinés


class LipschitzLab(Still, anywidget.AnyWidget):
    """Trois critiques qui partent des mêmes poids, et la pente que chacune prend entre deux lois.

    laws : nom -> (loi réelle, loi générée), :class:`lessons_lib.laws.Law` ; un menu choisit. clip : la borne c de
    l'écrêtage, de 0,001 à 1. penalty_weight : lambda, de 0,01 à 1 000. steps : pas critiques de chaque entraînement.
    seed : graine des poids et des tirages.

    ``train()`` entraîne jusqu'au bout et rend la pente médiane de chaque critique, là où la masse passe ; afficher le
    laboratoire le fait aussi (environ 2 s sur deux cœurs). Sur la page, changer un réglage reprend la critique
    concernée depuis le début. Lève ValueError, avant tout calcul, pour un réglage hors de ses bornes.

    Sources : Arjovsky, Chintala et Bottou, « Wasserstein GAN », 2017 ; Gulrajani et al., « Improved Training of
    Wasserstein GANs », 2017, section 3, figure 1 et proposition 1 (la pente vaut 1 sur le chemin de la masse).
    """

    _esm = HERE / "lipschitz_lab.js"
    _css = HERE / "lipschitz_lab.css"
    _scene = traitlets.Dict().tag(sync=True)
    _controls = traitlets.Dict().tag(sync=True)
    _picture = traitlets.Dict().tag(sync=True)
    alternative = (
        "Trois critiques entre deux lois, comparées à la critique optimale en gris : sans contrainte, la pente "
        "explose ; écrêtée, la courbe est trop simple et sa pente loin de 1 ; pénalisée, la pente est proche de 1."
    )

    def __init__(
        self,
        laws: Mapping[str, tuple[Law, Law]] = LAWS,
        *,
        clip: float = 0.01,
        penalty_weight: float = 10.0,
        steps: int = 300,
        seed: int = 0,
        title: str = "La pente d'une critique, sans contrainte, écrêtée, pénalisée",
    ):
        self._lock, self._worker, self._shown_at, self.runs = threading.Lock(), None, 0.0, {}
        self.pairs = [LawPair(real, generated) for real, generated in laws.values()]
        if not self.pairs or steps < 1:
            raise ValueError("Au moins une paire de lois et un pas critique sont attendus.")
        self.title, self.steps = title, steps
        with torch.random.fork_rng(devices=[]):
            self._template = ToyCritic(hidden=64, layers=3, dimensions=1)
        scene = {
            "title": title, "laws": list(laws), "kinds": KINDS, "limits": LIMITS, "steps": steps,
            "line": [float(LINE[0]), float(LINE[-1])], "exponents": EXPONENTS,
        }  # fmt: skip
        controls = {"clip": clip, "penalty_weight": penalty_weight, "laws": 0, "seed": seed}
        self._check(controls)
        super().__init__(_scene=scene, _controls=controls)
        self.runs = {kind: self._new_run(kind) for kind in KINDS}
        self.observe(self._change, "_controls")
        self.on_msg(lambda *_: self._start())

    def __repr__(self) -> str:
        return f"LipschitzLab({len(KINDS)} critiques, {self.steps} pas critiques)"

    @property
    def clip(self) -> float:
        """La borne c de l'écrêtage ; la changer reprend la critique écrêtée depuis le début."""
        return self._controls["clip"]

    @clip.setter
    def clip(self, value: float) -> None:
        self._set(clip=value)

    @property
    def penalty_weight(self) -> float:
        """lambda, le poids de la pénalité ; le changer reprend la critique pénalisée depuis le début."""
        return self._controls["penalty_weight"]

    @penalty_weight.setter
    def penalty_weight(self, value: float) -> None:
        self._set(penalty_weight=value)

    def choose(self, laws: str) -> None:
        """Choisit les deux lois par leur nom ; les trois critiques reprennent."""
        if laws not in self._scene["laws"]:
            raise ValueError(f"Lois « {laws} » inconnues. Choisissez parmi : {', '.join(self._scene['laws'])}.")
        self._set(laws=self._scene["laws"].index(laws))

    def train(self) -> dict[str, float]:
        """Entraîne jusqu'au bout. Rend "free", "clipped", "penalised" -> la pente médiane là où la masse passe."""
        worker = self._start()
        if worker is not None:
            worker.join()
        return {kind: run.median for kind, run in self.runs.items()}

    def verdicts(self) -> dict[str, str]:
        """Le nom de chaque critique -> « trop forte », « trop faible » ou « proche de 1 », après ``train()``."""
        self.train()
        return {KINDS[kind]: run.verdict for kind, run in self.runs.items()}

    def still(self) -> Figure:
        """Les trois courbes et les trois histogrammes, une fois les critiques entraînées."""
        self.train()
        return draw_critics(list(self.runs.values()), self.title)

    def close(self) -> None:
        """Arrête l'entraînement et ferme le laboratoire."""
        with self._lock:
            self.runs, worker = {}, self._worker
        if worker is not None:
            worker.join()
        super().close()

    def _set(self, **values) -> None:
        self._check(self._controls | values)
        self._controls = self._controls | values

    def _check(self, controls: dict) -> None:
        for name, (low, high) in LIMITS.items():
            if not low <= controls[name] <= high:
                raise ValueError(f"{name} vaut {controls[name]} : un nombre de {low:g} à {high:g} est attendu.")

    def _new_run(self, kind: str) -> CriticRun:
        controls = self._controls
        strength = {"free": 0.0, "clipped": controls["clip"], "penalised": controls["penalty_weight"]}[kind]
        critic = starting_critic(controls["seed"], self._template)
        return CriticRun(kind, self.pairs[controls["laws"]], strength, critic, controls["seed"])

    def _change(self, change) -> None:
        """Un réglage a changé, ici ou sur la page : ce qu'il concerne reprend du début, le reste continue."""
        changed = {name for name, value in change.new.items() if change.old.get(name) != value}
        kinds = {"clip": ["clipped"], "penalty_weight": ["penalised"]}
        with self._lock:
            for name in changed:
                for kind in kinds.get(name, KINDS):
                    self.runs[kind] = self._new_run(kind)
        self._start()

    def _start(self) -> threading.Thread | None:
        """Met le fil d'entraînement en marche s'il a de quoi faire ; le rend, ou None."""
        with self._lock:
            if (self._worker is None or not self._worker.is_alive()) and self._unfinished():
                self._worker = threading.Thread(target=self._work, name="LipschitzLab", daemon=True)
                self._worker.start()
            return self._worker

    def _unfinished(self) -> list[CriticRun]:
        return [run for run in self.runs.values() if run.index < self.steps]

    def _work(self) -> None:
        while True:
            with self._lock:
                runs = self._unfinished()
                if not runs:
                    self._worker = None
                    break
            for run in runs:
                run.advance(min(ROUND, self.steps - run.index))
            self._show()
        self._show(last=True)

    def _show(self, last: bool = False) -> None:
        """Envoie à la page l'état des trois critiques, si la dernière image n'est pas trop récente."""
        now = time.monotonic()
        runs = dict(self.runs)
        if (now - self._shown_at < PICTURE_SECONDS and not last) or not all(run.index for run in runs.values()):
            return
        self._shown_at = now
        if runs:
            pair = runs["free"].pair
            self._picture = {
                "optimal": _bytes(pair.optimal), "p": _bytes(pair.p), "q": _bytes(pair.q), "distance": pair.distance,
                "critics": {kind: _describe(run) for kind, run in runs.items()},
            }  # fmt: skip


def _describe(run: CriticRun) -> dict:
    """Ce que la page dessine d'une critique ; les tableaux y sont des octets float32."""
    exponents = np.log10(np.abs(run.slope).clip(10.0 ** EXPONENTS[0], 10.0 ** EXPONENTS[1] * 0.999))
    shares, _ = np.histogram(exponents, BINS, EXPONENTS, weights=run.pair.moving)
    piles, _ = np.histogram(run.weights / run.strength, BINS, (-1.0, 1.0)) if run.kind == "clipped" else ([], None)
    return {
        "index": run.index, "median": run.median, "verdict": run.verdict, "gap": run.gap, "strength": run.strength,
        "curve": _bytes(run.curve), "shares": _bytes(shares), "weights": _bytes(piles), "medians": _bytes(run.medians),
        "trio": _bytes(run.trio[:, :PAIRS]),
    }  # fmt: skip


def _bytes(array) -> bytes:
    return np.ascontiguousarray(array, dtype=np.float32).tobytes()
