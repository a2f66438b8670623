"""JupyterLab's server: trusts what the workbook laid, and writes inside the clone only."""

import os

from helpers import paths
from helpers.notebook.saving import before_saving
from helpers.notebook.workspace import SECRET, SIGNATURES

c = get_config()  # noqa: F821

folder = paths.STATE / "jupyter"
folder.mkdir(parents=True, exist_ok=True)
c.NotebookNotary.db_file = str(folder / SIGNATURES)
c.NotebookNotary.secret_file = str(folder / SECRET)
c.LabApp.user_settings_dir = str(folder / "settings")
c.LabApp.workspaces_dir = str(folder / "workspaces")
c.ContentsManager.pre_save_hook = before_saving
# The usual one works in threads: who opens a notebook while another page saves it meets half a file, takes it for the trace of a
# crash, and moves it away as "….ipynb.invalid". This one does one thing after the other.
c.ServerApp.contents_manager_class = "jupyter_server.services.contents.largefilemanager.LargeFileManager"
# Kernels inherit it: IPython's history is the learner's, and belongs to the clone.
os.environ.setdefault("IPYTHONDIR", str(folder / "ipython"))
# Its pages can show widgets; a kernel that runs without a page, under nbclient, must not try.
os.environ.setdefault("WORKBOOK_WIDGETS", "1")
