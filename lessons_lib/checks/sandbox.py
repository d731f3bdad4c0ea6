"""Exécuter ce qu'écrit une personne qui apprend : en temps limité, et sans qu'il en reste rien.

Une fonction peut boucler sans fin, imprimer, changer la graine ou la précision par défaut. `confined` l'exécute dans
un fil à part, l'interrompt au bout de `LIMIT_SECONDS` de calcul, et remet tous ces états comme il les a trouvés.
"""

import contextlib
import ctypes
import io
import os
import random
import threading
import time
import warnings
from collections.abc import Callable, Iterator

import numpy as np
import torch

LIMIT_SECONDS = 1.6
GRACE_SECONDS = 0.2  # laissées à un fil interrompu pour se terminer
SEED = 0


class TooSlow(BaseException):
    """Lancée dans le fil d'une réponse qui n'en finit pas ; `except Exception` ne l'arrête pas."""


def confined(work: Callable[[], object], seconds: float = LIMIT_SECONDS) -> tuple[object, str]:
    """Exécute `work` à l'écart ; rend son résultat et ce qui a été imprimé.

    Laisse passer ce que `work` lève. Lève `TooSlow` si `work` dure plus de `seconds` : un fil que l'interruption
    n'arrête pas (un long appel à C) est abandonné, et ne retient pas la réponse.
    """
    outcome: dict[str, object] = {}

    def run() -> None:
        try:
            outcome["result"] = work()
        except BaseException as error:
            outcome["error"] = error

    with untouched() as printed:
        worker = threading.Thread(target=run, daemon=True, name="verification")
        worker.start()
        try:
            _wait(worker, seconds)
        except KeyboardInterrupt:
            _interrupt(worker)
            raise
        if worker.is_alive():
            _interrupt(worker)
            raise TooSlow
    if "error" in outcome:
        raise outcome["error"]
    return outcome["result"], printed.getvalue()


def _wait(worker: threading.Thread, seconds: float) -> None:
    """Attend par courts instants : sous Windows, Ctrl-C n'interrompt pas une longue attente."""
    start, spent = time.monotonic(), time.process_time()
    while worker.is_alive() and not is_over(seconds, time.monotonic() - start, time.process_time() - spent):
        worker.join(0.05)


def is_over(seconds: float, elapsed: float, worked: float) -> bool:
    """Vrai si le délai est passé : `elapsed` secondes à l'horloge, dont `worked` de calcul.

    Sur une machine surchargée, une réponse juste n'a presque pas pu calculer : elle a droit à six délais. Celle qui
    dort ne calcule rien du tout.
    """
    if elapsed < seconds:
        return False
    return worked >= 0.75 * seconds or worked < 0.03 * seconds or elapsed >= 6 * seconds


def _interrupt(worker: threading.Thread) -> None:
    """Lance TooSlow dans le fil, à sa prochaine instruction Python, et recommence s'il l'avale."""
    end = time.monotonic() + GRACE_SECONDS
    while worker.is_alive() and time.monotonic() < end:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker.ident), ctypes.py_object(TooSlow))
        worker.join(0.02)


@contextlib.contextmanager
def untouched() -> Iterator[io.StringIO]:
    """Fixe les tirages et la précision par défaut, retient ce qui s'imprime, puis remet tout comme avant."""
    printed = io.StringIO()
    torch_state, numpy_state, python_state = torch.get_rng_state(), np.random.get_state(), random.getstate()
    gpu_states = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None
    dtype, folder, variables = torch.get_default_dtype(), os.getcwd(), dict(os.environ)
    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    anomaly, grad = torch.is_anomaly_enabled(), torch.is_grad_enabled()
    try:
        with (
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
            warnings.catch_warnings(),
            np.errstate(),
        ):
            warnings.simplefilter("ignore")
            torch.set_default_dtype(torch.float32)
            torch.manual_seed(SEED)
            np.random.seed(SEED)
            random.seed(SEED)
            yield printed
    finally:
        torch.set_rng_state(torch_state)
        if gpu_states is not None:
            torch.cuda.set_rng_state_all(gpu_states)
        np.random.set_state(numpy_state)
        random.setstate(python_state)
        torch.set_default_dtype(dtype)
        torch.use_deterministic_algorithms(deterministic)
        torch.autograd.set_detect_anomaly(anomaly)
        torch.set_grad_enabled(grad)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        os.chdir(folder)
        if dict(os.environ) != variables:
            os.environ.clear()
            os.environ.update(variables)
