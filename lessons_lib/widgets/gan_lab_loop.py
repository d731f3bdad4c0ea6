"""Le fil d'exécution du laboratoire : il entraîne, obéit entre deux mises à jour, et n'attend jamais la page.

Tout ce qui touche à la partie se passe dans ce fil : les commandes, venues de la page ou d'une cellule, y sont
déposées. Le noyau reste libre, et un arrêt n'attend que la fin de la mise à jour en cours.
"""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

import torch

from lessons_lib.widgets.gan_lab_session import LabDiverged, ToySession

STAGE_SECONDS = 0.9  # durée d'un sous-pas au ralenti
MEASURE_EVERY = 50  # pas du générateur entre deux mesures de la distance et des modes
BREATH = 1e-3  # secondes laissées aux autres fils entre deux mises à jour, quand une page regarde
LOST_SECONDS = 30.0  # sans nouvelle de la page pendant ce temps, on se met en pause

STAGES = {"critic": ("draw", "score", "correct"), "generator": ("generate", "ask", "follow")}
"""Les sous-pas de chaque côté ; les poids ne changent qu'au dernier."""


class LabLoop:
    """Fait tourner une :class:`ToySession` dans un fil à part.

    show() : appelée dans ce fil, après chaque mise à jour et chaque commande ; elle dit s'il faut encore continuer
    (faux : plus personne ne regarde). playing : vrai pendant que la partie avance seule. slow : au ralenti, sous-pas
    par sous-pas. stage : le sous-pas montré, ou None. facts : les derniers comptes. problem : ce qui a arrêté la
    partie. rate : mises à jour par seconde.
    """

    def __init__(self, session: ToySession, show: Callable[[], bool]):
        self.playing, self.slow, self.stage, self.problem = False, False, None, ""
        self.rate, self._stale = 0.0, False
        self._show, self._commands = show, queue.SimpleQueue()
        self._thread, self._target, self._done = None, None, threading.Event()
        self._next_stage = 0.0
        self.use(session)

    def use(self, session: ToySession) -> None:
        """Remplace la partie."""
        self.session, self.stage, self.problem = session, None, ""
        self.facts = session.facts()
        session.curves["distance"].add(session.updates["generator"], self.facts["distance"])

    def call(self, act: Callable):
        """Exécute ``act`` dans le fil, entre deux mises à jour, et rend son résultat ou lève son erreur."""
        return act() if threading.current_thread() is self._thread else self.post(act).result()

    def post(self, act: Callable) -> Future:
        """Dépose ``act`` pour le fil, sans attendre."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="laboratoire", daemon=True)
            self._thread.start()
        future = Future()
        self._commands.put((act, future))
        return future

    def play(self, steps: int | None = None) -> None:
        """Dans le fil : avance seule, sans fin ou pendant ``steps`` pas du générateur."""
        self.playing, self.problem, self._next_stage = True, "", 0.0
        self._target = None if steps is None else self.session.updates["generator"] + steps
        self._done.clear()
        self._clock = (time.perf_counter(), sum(self.session.updates.values()))

    def pause(self) -> None:
        """Dans le fil : s'arrête après la mise à jour en cours, qui est finie."""
        self.playing, self.stage, self.rate, self._stale = False, None, 0.0, True
        self._done.set()

    def wait(self) -> None:
        """Attend la fin de ``play(steps)``. Kernel > Interrompre met en pause."""
        try:
            while not self._done.wait(0.5):
                pass
        except KeyboardInterrupt:
            self.call(self.pause)
            raise

    def single(self, side: str) -> None:
        """Dans le fil : un pas de « critic », de « generator » ou de « both », à l'arrêt."""
        self.pause()
        self._guarded(self._cycle if side == "both" else lambda: self.session.single(side))
        self._measure()

    def close(self) -> None:
        """Arrête le fil."""
        if self._thread is not None:
            self._commands.put((None, None))
            if threading.current_thread() is not self._thread:
                self._thread.join()
            self._thread = None
        self._done.set()

    def _work(self) -> None:
        _on_one_core()
        while True:
            try:
                act, future = self._commands.get(timeout=self._patience())
            except queue.Empty:
                act = future = None
            else:
                if act is None:
                    return
                try:
                    future.set_result(act())
                except Exception as error:  # rendue à qui a donné la commande
                    future.set_exception(error)
                if not self._commands.empty():
                    continue
            if self.playing:
                self._go_on()
            if not self._show() and self.playing and self._target is None:
                self.pause()
            if self._stale:  # les comptes viennent après l'image de l'arrêt : elle n'attend pas
                self._measure()
                self._show()

    def _patience(self) -> float | None:
        """Combien de secondes attendre une commande avant d'avancer ; None : jusqu'à ce qu'il en vienne une."""
        if not self.playing:
            return None
        if self.slow:
            return max(0.0, self._next_stage - time.perf_counter())
        return BREATH if self._target is None else 0.0

    def _go_on(self) -> None:
        if self.slow:
            if time.perf_counter() < self._next_stage:
                return
            self._next_stage = time.perf_counter() + STAGE_SECONDS
            stages = STAGES[self.session.next_side]
            self.stage = stages[(stages.index(self.stage) + 1) % 3 if self.stage in stages else 0]
            if self.stage != stages[-1]:
                return
        else:
            self.stage = None
        before = self.session.updates["generator"]
        self._guarded(self.session.advance)
        steps = self.session.updates["generator"]
        if steps > before and (steps % MEASURE_EVERY == 0 or self.slow):
            self._measure()
        if self._target is not None and steps >= self._target:
            self.pause()
        elapsed = time.perf_counter() - self._clock[0]
        if elapsed > 0.5:
            total = sum(self.session.updates.values())
            self.rate = (total - self._clock[1]) / elapsed
            self._clock = (time.perf_counter(), total)

    def _cycle(self) -> None:
        while self.session.advance() != "generator":
            pass

    def _measure(self) -> None:
        self._stale = False
        self.facts = self.session.facts()
        curve = self.session.curves["distance"]
        if not curve.places or curve.places[-1] < self.session.updates["generator"]:
            curve.add(self.session.updates["generator"], self.facts["distance"])

    def _guarded(self, act: Callable) -> None:
        try:
            act()
        except Exception as error:  # le fil doit survivre, et la page savoir
            known = isinstance(error, LabDiverged)
            self.problem = str(error) if known else f"La partie s'est arrêtée ({type(error).__name__}) : {error}"
            self.playing = False
            self._done.set()


def _on_one_core() -> None:
    """Le fil courant calcule sur un seul cœur : à cette taille c'est plus rapide, et le résultat ne dépend pas de la
    machine. Les fils créés ensuite, eux, prennent le réglage donné en dernier : il est remis."""
    cores = torch.get_num_threads()
    torch.set_num_threads(1)
    restoring = threading.Thread(target=torch.set_num_threads, args=(cores,))
    restoring.start()
    restoring.join()
