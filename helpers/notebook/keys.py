"""The keys of a form are the form's: JupyterLab would take an arrow for the next cell, and a letter for a command."""

import anywidget
import ipywidgets

_CLASS = "workbook-keys"


class Keys(anywidget.AnyWidget):
    """Nothing is to be seen of it. It keeps what is pressed in the box around it from the notebook, but for Tab, Enter, Escape
    and whatever is pressed with Ctrl, Alt or Cmd."""

    _esm = """
    export default { render({ el }) {
      const keep = (e) => {
        const own = e.key.startsWith("Arrow") || e.key.length === 1 || ["Home", "End", "PageUp", "PageDown"].includes(e.key);
        if (own && !e.ctrlKey && !e.altKey && !e.metaKey) e.stopPropagation();
      };
      let form = null, looks = 600;  // it is drawn before it is in the page
      const find = () => {
        form = el.closest(".%s");
        if (form) form.addEventListener("keydown", keep);
        else if (looks-- > 0) requestAnimationFrame(find);
      };
      find();
      return () => { looks = 0; form?.removeEventListener("keydown", keep); };
    } };
    """ % _CLASS


def kept(box: ipywidgets.Box) -> ipywidgets.Box:
    """The box, its keys its own."""
    box.add_class(_CLASS)
    box.children = (*box.children, Keys(layout={"display": "none"}))
    return box
