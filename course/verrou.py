"""Une seule installation à la fois : un verrou sur fichier, levé par le système si le programme est tué."""

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _try_lock(file) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(file) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            # Certains disques partagés ne connaissent pas les verrous : on s'en passe.
            return True
        return True


@contextlib.contextmanager
def exclusive(path: Path, waiting: str) -> Iterator[None]:
    """Tient le verrou du fichier `path` ; affiche `waiting` une fois s'il faut attendre.

    Lève OSError si le fichier ne peut pas être créé.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        if not _try_lock(file):
            print(waiting, flush=True)
            while not _try_lock(file):
                time.sleep(0.5)
        yield
