"""Une boucle d'entraînement que l'on suspend, reprend et arrête depuis un autre fil d'exécution."""

import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from lessons_lib.observers import History
from lessons_lib.training import Step

PATIENCE = 1.0  # seconde ; sous Windows une attente sans fin ne laisserait pas passer Kernel > Interrompre
UNREAD = 64


class PausableLoop:
    """Parcourt ``steps`` ; les commandes, données de n'importe quel fil, prennent effet entre deux pas.

    notice : appelée dans le fil de la boucle, après chaque pas et à chaque changement d'état.
    status : « ready », « running », « paused », « finished », « stopped », « interrupted » ou « failed ».
    problem : ce qui a fait échouer la boucle. On peut la parcourir de nouveau : elle continue où elle s'est arrêtée.
    """

    def __init__(self, steps: Iterable[Step], total: int, notice: Callable[[], None]):
        self.status, self.problem, self.total = "ready", "", total
        self._steps, self._notice = iter(steps), notice
        self._history, self._unread = History(), deque()
        self._changed, self._paused, self._stopping = threading.Condition(), False, False
        self._times, self._idle = deque(maxlen=50), 0.0
        self._iteration, self._thread, self._error = None, None, None
        self.index = 0

    @property
    def history(self) -> History:
        """L'histoire des pas accomplis ; lue à la demande, car sur un GPU lire une perte attend la fin du calcul."""
        with self._changed:
            while self._unread:
                self._history.add(self._unread.popleft())
        return self._history

    @property
    def running(self) -> bool:
        return self.status in ("running", "paused")

    @property
    def rate(self) -> float:
        """Pas par seconde, sur les derniers pas et sans compter les pauses ; 0 tant qu'on ne sait pas."""
        if len(self._times) < 2 or self._times[-1] <= self._times[0]:
            return 0.0
        return (len(self._times) - 1) / (self._times[-1] - self._times[0])

    def __iter__(self) -> Iterator[Step]:
        if self._apart and threading.current_thread() is not self._thread:
            raise RuntimeError("Cet entraînement tourne déjà dans son propre fil : arrêtez-le, ou attendez-le (wait).")
        self.leave()
        self._stopping = False
        steps = self._follow()
        self._iteration = weakref.ref(steps)
        return steps

    def leave(self) -> None:
        """Referme un parcours abandonné en route (erreur ou interruption dans le corps d'une boucle ``for``)."""
        if not self._apart and self._iteration is not None and (steps := self._iteration()) is not None:
            steps.close()

    def start(self) -> None:
        """Parcourt tout dans un fil à part. Lève RuntimeError s'il y en a déjà un."""
        if self._apart:
            raise RuntimeError("Cet entraînement tourne déjà : arrêtez-le, ou attendez-le (wait).")
        self.leave()
        self._error = None
        self._thread = threading.Thread(target=self._exhaust, name="entrainement", daemon=True)
        self._thread.start()

    def wait(self, seconds: float | None = None) -> None:
        """Attend la fin du fil à part, au plus ``seconds``, et lève ce qui l'a fait échouer."""
        if self._thread is not None:
            self._thread.join(seconds)
            if self._error is not None:
                raise self._error

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        with self._changed:
            self._paused = False
            self._changed.notify_all()

    def stop(self) -> None:
        with self._changed:
            self._paused, self._stopping = False, True
            self._changed.notify_all()

    @property
    def _apart(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _exhaust(self) -> None:
        try:
            for _ in self:
                pass
        except Exception as error:  # rendue par wait(), dans le fil qui attend
            self._error = error

    def _follow(self) -> Iterator[Step]:
        ending = "stopped"
        self.problem = ""
        self._times.clear()
        try:
            self._enter("running")
            while self._may_go_on():
                step = next(self._steps, None)
                if step is None:
                    ending = "finished"
                    return
                self._record(step)
                yield step
        except KeyboardInterrupt:
            ending = "interrupted"
            raise
        except Exception as error:
            ending, self.problem = "failed", str(error)
            raise
        finally:
            self._paused = False
            self._enter(ending)

    def _record(self, step: Step) -> None:
        self.index, self.total = step.index, step.total
        self._times.append(time.perf_counter() - self._idle)
        self._unread.append(step)
        if len(self._unread) > UNREAD:
            self.history  # noqa: B018
        self._notice()

    def _may_go_on(self) -> bool:
        if self._paused:
            start = time.perf_counter()
            self._enter("paused")
            with self._changed:
                while self._paused:
                    self._changed.wait(PATIENCE)
            self._idle += time.perf_counter() - start
            if not self._stopping:
                self._enter("running")
        return not self._stopping

    def _enter(self, status: str) -> None:
        self.status = status
        self._notice()
