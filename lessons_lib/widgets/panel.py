"""Un panneau de commandes ipywidgets, avec son image fixe, qui se ferme avec tout ce qu'il contient."""

import html

import ipywidgets as widgets

from lessons_lib.widgets.still import Still

ROW = {"flex_flow": "row wrap"}


class Panel(Still, widgets.VBox):
    """Base des explorateurs faits de commandes : un titre, un corps, des boutons."""

    def close(self) -> None:
        """Ferme le panneau et toutes ses commandes."""
        for child in self.children:
            _close(child)
        super().close()


def heading(text: str) -> widgets.HTML:
    """Le titre d'un panneau."""
    return widgets.HTML(f'<b style="font-size:15px">{html.escape(text)}</b>')


def captioned(view: widgets.Image, caption: str) -> widgets.VBox:
    """Une image et sa légende au-dessus."""
    return widgets.VBox(
        [widgets.HTML(f"<center>{html.escape(caption)}</center>"), view], layout={"margin": "0 8px 0 0"}
    )


def _close(widget: widgets.Widget) -> None:
    for child in getattr(widget, "children", ()):
        _close(child)
    widget.close()
