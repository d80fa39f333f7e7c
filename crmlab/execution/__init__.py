"""Running notebooks: by papermill, with the interpreter's own kernel, and not again while nothing has changed."""

from crmlab.execution.run import Executed, Job, execute, execute_many

__all__ = ["Executed", "Job", "execute", "execute_many"]
