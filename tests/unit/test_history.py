"""L'histoire d'un entraînement se dit en une ligne."""

from lessons_lib.observers import History


def test_a_history_is_shown_in_one_line():
    history = History(index=[1, 2, 3], seconds=[0.1, 0.2, 0.3], losses={"critic": [1.0] * 3, "gap": [0.5] * 3})
    assert repr(history) == "Histoire de 3 pas ; pertes : critic, gap"
    history.interrupted = True
    assert "3 pas, interrompue" in repr(history)
