"""A saved notebook holds the text of a form, not a widget that no kernel knows any more."""

import nbformat
from nbformat.v4 import new_code_cell, new_notebook, new_output

from helpers.notebook.saving import WIDGET, before_saving

VIEW = {"model_id": "a", "version_major": 2, "version_minor": 0}


def test_the_widget_goes_and_its_text_stays():
    cells = [
        new_code_cell("predict()", outputs=[new_output("display_data", {WIDGET: VIEW, "text/plain": "Predict. Which?"})]),
        new_code_cell("slider", outputs=[new_output("display_data", {WIDGET: VIEW})]),
        new_code_cell("print(1)", outputs=[new_output("stream", text="1\n")]),
    ]
    node = new_notebook(cells=cells, metadata={"widgets": {"state": {}}, "kernelspec": {"name": "python3", "display_name": "P"}})
    before_saving(model={"type": "notebook", "content": node}, path="x.ipynb", contents_manager=None)
    nbformat.validate(node)
    form, other, printed = (cell.outputs[0] for cell in node.cells)
    assert dict(form.data) == {"text/plain": "Predict. Which?"}
    assert WIDGET in other.data, "what has no other form is left alone"
    assert printed.text == "1\n" and "widgets" not in node.metadata


def test_other_files_are_left_alone():
    for model in ({"type": "file", "content": "x"}, {"type": "notebook", "content": None}, {"type": "notebook", "content": {"nbformat": 3}}):
        before = dict(model)
        before_saving(model=model)
        assert model == before
