"""Faire répondre un widget pendant qu'une cellule tourne.

Un noyau récent confie les messages de la page à un second fil d'exécution (*subshell*), que JupyterLab fait ouvrir dès
qu'un widget s'affiche, même pendant une cellule. Mais ipykernel, à partir de 7.4, adresse les messages d'un widget au
fil qui lui a parlé en dernier : si c'est celui de la cellule, qui l'a créé et le met à jour, ils attendent sa fin.
"""

import ipywidgets


def answer_while_busy(widget: ipywidgets.Widget) -> None:
    """Laisse la page choisir le fil qui traite ses messages, même si c'est la cellule qui met le widget à jour.

    La page doit savoir ouvrir un second fil : JupyterLab et Notebook le savent, VS Code non (les messages y attendent
    la fin de la cellule, comme avec un noyau plus ancien). Sans effet hors d'un noyau.
    """
    if getattr(widget.comm, "_reply_subshell_for", None) is not None:
        widget.comm._reply_subshell_for = None
